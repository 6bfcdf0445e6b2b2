/** A knob's value: a number, several (`tcp_rmem`), or a name (`tcp_congestion_control`). */
export type KnobValue = number | string | readonly number[];

/**
 * What follows a change. `at once`: the next time that it is looked at, on all connections. `new
 * connections`: those that are opened from then on. `new sockets`: listeners, ports and connections
 * from then on. `at start`: nothing; it is what the config said as the stack started. `read only`:
 * it cannot be changed at all.
 */
export type KnobEffect = 'at once' | 'new connections' | 'new sockets' | 'at start' | 'read only';

/** One knob: all that control, the config and the documentation need to know of it. */
export interface Knob<Value extends KnobValue = KnobValue> {
  /** What stands before the knob's own name: `net.ipv4.`. */
  readonly prefix: string;
  /** Linux's default. */
  readonly initial: Value;
  /** Bounds of each number; of no meaning for a name. */
  readonly least: number;
  readonly most: number;
  /** Of a name: what it may be. */
  readonly choices?: readonly string[];
  /** Several numbers have to be in order, each at least as large as the one before it. */
  readonly rising: boolean;
  /** The numbers' unit; empty for a switch or a name. */
  readonly unit: string;
  readonly effect: KnobEffect;
  /** A sentence for people, and where it differs from Linux. */
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

/** A knob of 0 and 1, or up to `most`. */
export function switchKnob(
  initial: number,
  effect: KnobEffect,
  meaning: string,
  most = 1,
): Knob<number> {
  return numberKnob(initial, [0, most], '', effect, meaning);
}

/** A knob of several numbers, each not below the one before it. */
export function listKnob<Value extends readonly number[]>(
  initial: Value,
  [least, most]: Range,
  unit: string,
  effect: KnobEffect,
  meaning: string,
): Knob<Value> {
  return { prefix: 'net.ipv4.', initial, least, most, rising: true, unit, effect, meaning };
}

/** A knob that is one of the names `choices`, or several with spaces between them. */
export function nameKnob(
  initial: string,
  choices: readonly string[],
  effect: KnobEffect,
  meaning: string,
): Knob<string> {
  const range = { least: 0, most: 0, choices, rising: false };
  return { prefix: 'net.ipv4.', initial, ...range, unit: '', effect, meaning };
}
