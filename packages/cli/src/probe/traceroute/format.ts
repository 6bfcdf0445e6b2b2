import { errorWords } from '../icmp-words.ts';
import type { HopProbe } from './trace.ts';
import type { TraceOptions } from './trace-options.ts';

export function formatHeader({ name, address, maxHops, packetOctets }: TraceOptions): string {
  return `traceroute to ${name} (${address}), ${maxHops} hops max, ${packetOctets} byte packets`;
}

/**
 * The probe at `at` as a piece of its hop's line. An address is named once for the probes in a row
 * that it answers.
 */
export function formatProbe(
  probes: readonly HopProbe[],
  at: number,
  options: TraceOptions,
): string {
  const { probesPerHop } = options;
  const probe = probes[at]!;
  const start = at - (at % probesPerHop);
  const head = at === start ? `\n${String(probe.ttl).padStart(2)} ` : '';
  return `${head}${whose(probes, start, at, options)}${timeOf(probe)}`;
}

function whose(
  probes: readonly HopProbe[],
  start: number,
  at: number,
  options: TraceOptions,
): string {
  const { from } = probes[at]!;
  if (from === undefined) return ' *';
  const before = probes.slice(start, at).findLast((other) => other.from !== undefined);
  if (before?.from === from) return '';
  if (options.numeric) return ` ${from}`;
  return ` ${from === options.address ? options.name : from} (${from})`;
}

function timeOf({ rttMs, mark }: HopProbe): string {
  const time = rttMs === undefined ? '' : `  ${rttMs.toFixed(3)} ms`;
  return mark === '' ? time : `${time} ${mark}`;
}

/** Why nothing could be sent, as the kernel's traceroute says it. */
export function formatRefusal(error: string): string {
  const call = error === 'EADDRNOTAVAIL' ? 'bind' : 'connect';
  return `${call}: ${errorWords(error)}\n`;
}

/** The answer as JSON: each hop with its probes. */
export function toJson(probes: readonly HopProbe[], options: TraceOptions): string {
  const { name, address, packetOctets, firstHop, maxHops, probesPerHop } = options;
  const hops: object[] = [];
  for (let ttl = firstHop; (ttl - 1) * probesPerHop < probes.length; ttl += 1) {
    const own = probes.slice((ttl - 1) * probesPerHop, ttl * probesPerHop);
    const shown = own.map(({ from, rttMs, mark }) => ({
      from: from ?? null,
      rttMs: rttMs ?? null,
      mark,
    }));
    hops.push({ ttl, probes: shown });
  }
  return `${JSON.stringify({ target: name, address, maxHops, packetOctets, hops }, null, 2)}\n`;
}
