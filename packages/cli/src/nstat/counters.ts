/** Counters by name. */
export type Counters = Readonly<Record<string, number>>;

/**
 * The answer of /api/counters for one stack: counters by layer; null: the layer does not answer.
 */
export type CountersByLayer = Readonly<Record<string, Counters | null>>;

/** Groups of Linux's /proc/net/snmp and netstat, as nstat prefixes their counters. */
const GROUPS = /^(?:Ip|IpExt|Icmp|Tcp|TcpExt|Udp|Strata)[A-Z]/;

/**
 * All counters of a stack under the names that nstat has for the kernel's: `IpInReceives`,
 * `TcpExtTCPTimeouts`. A counter that no MIB has is prefixed by its layer: `link.rx_packets`.
 */
export function flatten(layers: CountersByLayer): Map<string, number> {
  const counters = new Map<string, number>();
  for (const [layer, values] of Object.entries(layers)) {
    for (const [name, value] of Object.entries(values ?? {})) {
      counters.set(nameOf(layer, name), value);
    }
  }
  return counters;
}

function nameOf(layer: string, name: string): string {
  if (GROUPS.test(name)) return name;
  // Transport's capitalised names without a group are those of TcpExt.
  if (layer === 'transport' && /^[A-Z]/.test(name)) return `TcpExt${name}`;
  return `${layer}.${name}`;
}

/** Whether a name matches one of the shell patterns (`*`, `?`); none: all match. Case counts. */
export function isWanted(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => toRegExp(pattern).test(name));
}

function toRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** A line of output. */
export interface CounterLine {
  readonly name: string;
  /** The counter itself, or its growth since the sample before. */
  readonly value: number;
  /** Growth in a second; 0 without a sample before. */
  readonly perSecond: number;
}

/**
 * What to print of a sample. `before`: the sample before it and the seconds since; undefined: none,
 * then the values are the counters themselves. `zeros`: whether values of 0 are printed.
 */
export function linesOf(
  now: ReadonlyMap<string, number>,
  before: { readonly counters: ReadonlyMap<string, number>; readonly seconds: number } | undefined,
  patterns: readonly string[],
  zeros: boolean,
): CounterLine[] {
  const lines: CounterLine[] = [];
  for (const [name, counter] of now) {
    if (!isWanted(name, patterns)) continue;
    // A layer that was started anew counts from 0 again.
    const growth = before && Math.max(0, counter - (before.counters.get(name) ?? 0));
    const value = growth ?? counter;
    if (value === 0 && !zeros) continue;
    lines.push({ name, value, perSecond: before === undefined ? 0 : value / before.seconds });
  }
  return lines;
}

/** Lines in nstat's columns, behind a line that names the stack. */
export function formatLines(stack: string, lines: readonly CounterLine[]): string {
  const rows = lines.map(
    ({ name, value, perSecond }) =>
      `${name.padEnd(31)} ${String(value).padEnd(16)}  ${perSecond.toFixed(1)}\n`,
  );
  return `#strata ${stack}\n${rows.join('')}`;
}
