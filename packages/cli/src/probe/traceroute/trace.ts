import type { ApiProbeEvent } from '../session.ts';
import type { TraceOptions } from './trace-options.ts';

/** One probe of one hop, and what came of it. Times in milliseconds. */
export interface HopProbe {
  readonly ttl: number;
  sentMs: number | undefined;
  isDone: boolean;
  /** The target answered, or nothing gets further. */
  isFinal: boolean;
  from: string | undefined;
  rttMs: number | undefined;
  /** `!H` and the like. */
  mark: string;
}

/** All probes, hop by hop, in the order in which they are sent and printed. */
export function createProbes({ maxHops, probesPerHop }: TraceOptions): HopProbe[] {
  return Array.from({ length: maxHops * probesPerHop }, (_, at) => ({
    ttl: Math.floor(at / probesPerHop) + 1,
    sentMs: undefined,
    isDone: false,
    isFinal: false,
    from: undefined,
    rttMs: undefined,
    mark: '',
  }));
}

/** traceroute's marks, by the code of destination unreachable; port unreachable is the target's. */
const MARKS: readonly string[] = [
  ...['!N', '!H', '!P', '', '!F', '!S', '!N', '!H', '!N', '!X', '!X', '!N', '!H', '!X', '!V', '!C'],
];

/** Takes what became of a probe. */
export function takeEvent(probe: HopProbe, event: ApiProbeEvent): void {
  probe.isDone = true;
  probe.from = event.from;
  probe.rttMs = event.rttMs ?? 0;
  if (event.outcome !== 'icmp error') {
    probe.isFinal = true;
    if (event.outcome === 'not sent') probe.mark = `!F-${event.mtu ?? 0}`;
    return;
  }
  const { icmpType = 0, icmpCode = 0 } = event;
  if (icmpType === 11 && icmpCode === 0) return;
  probe.isFinal = true;
  if (icmpType !== 3) probe.mark = `!<${icmpType}-${icmpCode}>`;
  else if (icmpCode === 4) probe.mark = `!F-${event.mtu ?? 0}`;
  else probe.mark = MARKS[icmpCode] ?? `!<${icmpCode}>`;
}

/**
 * Added to a time that a wait is reckoned from. Answers take their time from the layer to here; the
 * kernel's traceroute, which is told at once, adds 1 ms.
 */
const PRECISION_MS = 100;

/** How long the answer of the probe at `at` may take. */
export function waitMsOf(probes: readonly HopProbe[], at: number, options: TraceOptions): number {
  const { waits, probesPerHop } = options;
  const start = at - (at % probesPerHop);
  const answered = (from: number, to: number) => {
    for (let other = from; other < to && other < probes.length; other += 1) {
      const { rttMs, from: address } = probes[other]!;
      if (rttMs !== undefined && address !== undefined) return rttMs + PRECISION_MS;
    }
    return undefined;
  };
  if (waits.here > 0) {
    const ms = answered(start, start + probesPerHop);
    if (ms !== undefined) return Math.min(waits.maxMs, ms * waits.here);
  }
  if (waits.near > 0) {
    const ms = answered(start + probesPerHop, probes.length);
    if (ms !== undefined) return Math.min(waits.maxMs, ms * waits.near);
  }
  return waits.maxMs;
}
