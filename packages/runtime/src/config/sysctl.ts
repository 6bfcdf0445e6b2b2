/** Parses the values of knobs. `knobs.ts` has the table. */
import type { KnobValue } from '@strata/transport';
import { splitKnobName } from '@strata/wire';
import { KNOBS, type Knob, knobOf, type SysctlLayer, sysctlKey, withScope } from './knobs.ts';
import { hint } from './problems/similar-names.ts';

/** A knob's value: a number, several (`tcp_rmem`), or a name (`tcp_congestion_control`). */
export type SysctlValue = KnobValue;

/** Thrown if a knob is unknown, or a value is out of range. */
export class SysctlError extends Error {
  override readonly name = 'SysctlError';
  readonly code: 'SYSCTL_UNKNOWN' | 'SYSCTL_RANGE';

  constructor(code: 'SYSCTL_UNKNOWN' | 'SYSCTL_RANGE', message: string) {
    super(message);
    this.code = code;
  }
}

/** All names, with the scope of `name` where a name has one. */
function namesLike(name: string): string[] {
  const scope = splitKnobName(name.replace(/^net\.ipv4\./, ''))?.scope ?? 'all';
  return KNOBS.map((knob) => {
    const hasAll = knob.perInterface?.initialAll !== undefined;
    return withScope(knob, scope === 'all' && !hasAll ? 'default' : scope);
  });
}

/** The names of a layer's knobs, or of all knobs, sorted. `IFNAME` stands for an interface. */
export function sysctlNames(layer?: SysctlLayer): readonly string[] {
  const rows = layer === undefined ? KNOBS : KNOBS.filter(({ layers }) => layers.includes(layer));
  return rows.map(({ name }) => name).sort();
}

/**
 * Parses `raw` as the value of knob `name`. `raw` is a number, a list of numbers, or text as for
 * `sysctl -w` (`4096 131072 6291456`). Throws SysctlError if there is no such knob, or if the value
 * is out of range.
 */
export function parseSysctl(name: string, raw: unknown): SysctlValue {
  const row = knobOf(name);
  if (row === undefined) {
    const message = `there is no knob ${name}${hint(name, namesLike(name))}`;
    throw new SysctlError('SYSCTL_UNKNOWN', message);
  }
  if (row.effect === 'read only') throw new SysctlError('SYSCTL_RANGE', 'is read-only');
  const value = readValue(row, raw);
  if (value === undefined) {
    const like = typeof raw === 'string' ? hint(raw, row.choices ?? []) : '';
    throw new SysctlError('SYSCTL_RANGE', `should be ${wanted(row)}${like}`);
  }
  return value;
}

function readValue(knob: Knob, raw: unknown): SysctlValue | undefined {
  const { count, least, most, rising, choices } = knob;
  if (count === 0) return choices?.find((name) => name === raw);
  const parts = Array.isArray(raw)
    ? raw
    : typeof raw === 'string'
      ? raw.trim().split(/\s+/)
      : [raw];
  const numbers = parts.map((part) =>
    typeof part === 'string' && /^-?\d+$/.test(part) ? Number(part) : part,
  );
  const fit = numbers.every((part) => Number.isInteger(part) && part >= least && part <= most);
  if (!fit || numbers.length !== count) return undefined;
  const inOrder = !rising || numbers.every((part, i) => i === 0 || numbers[i - 1] <= part);
  if (!inOrder) return undefined;
  return count === 1 ? (numbers[0] as number) : (numbers as number[]);
}

function wanted({ count, least, most, choices }: Knob): string {
  if (count === 0) return `one of ${choices?.join(', ')}`;
  const range = `from ${least} to ${most}`;
  return count === 1
    ? `a whole number ${range}`
    : `${count} whole numbers ${range}, none smaller than the one before it`;
}

/** A layer's part of a stack's sysctl section, under the core's own names. */
export function sysctlFor(
  layer: SysctlLayer,
  section: Readonly<Record<string, SysctlValue>>,
): Record<string, SysctlValue> {
  const own = Object.entries(section).filter(([name]) => knobOf(name)?.layers.includes(layer));
  return Object.fromEntries(own.map(([name, value]) => [sysctlKey(name), value]));
}
