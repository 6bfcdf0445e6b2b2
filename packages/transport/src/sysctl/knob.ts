/** A knob's value: a number, several numbers (`tcp_rmem`), or a name (`tcp_congestion_control`). */
export type KnobValue = number | string | readonly number[];

/**
 * When a change takes effect. `at once`: at the next use, on all connections. `new connections`: on
 * connections opened from then on. `new sockets`: on listeners, ports and connections opened from
 * then on. `at start`: never; the config's value at the start counts. `read only`: it cannot be
 * changed.
 */
export type KnobEffect = 'at once' | 'new connections' | 'new sockets' | 'at start' | 'read only';

/** One knob: all that control, the config and the documentation need. */
export interface Knob<Value extends KnobValue = KnobValue> {
  /** The prefix of the full name: `net.ipv4.`. */
  readonly prefix: string;
  /** Linux's default. */
  readonly initial: Value;
  /** Bounds of each number; unused for a name. */
  readonly least: number;
  readonly most: number;
  /** The allowed names. */
  readonly choices?: readonly string[];
  /** Whether several numbers must be in order, each at least as large as the one before. */
  readonly rising: boolean;
  /** The unit of the numbers; empty for a switch or a name. */
  readonly unit: string;
  readonly effect: KnobEffect;
  /** One sentence for people, with any difference from Linux. */
  readonly meaning: string;
}

export const INT_MAX = 0x7fffffff;

type Range = readonly [least: number, most: number];

/** A knob of one number. */
export function numberKnob(
  initial: number,
  [least, most]: Range,
  unit: string,
  effect: KnobEffect,
  meaning: string,
  prefix = 'net.ipv4.',
): Knob<number> {
  return { prefix, initial, least, most, rising: false, unit, effect, meaning };
}

/** A knob with the values 0 and 1, or up to `most`. */
export function switchKnob(
  initial: number,
  effect: KnobEffect,
  meaning: string,
  most = 1,
): Knob<number> {
  return numberKnob(initial, [0, most], '', effect, meaning);
}

/** A knob of several numbers, each at least as large as the one before. */
export function listKnob<Value extends readonly number[]>(
  initial: Value,
  [least, most]: Range,
  unit: string,
  effect: KnobEffect,
  meaning: string,
): Knob<Value> {
  return { prefix: 'net.ipv4.', initial, least, most, rising: true, unit, effect, meaning };
}

/** A knob whose value is one of the names `choices`, or several of them separated by spaces. */
export function nameKnob(
  initial: string,
  choices: readonly string[],
  effect: KnobEffect,
  meaning: string,
): Knob<string> {
  const range = { least: 0, most: 0, choices, rising: false };
  return { prefix: 'net.ipv4.', initial, ...range, unit: '', effect, meaning };
}
