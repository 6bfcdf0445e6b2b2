import type { TransportCounters } from '../../counters.ts';
import type { TransportSysctl } from '../../sysctl.ts';
import { seqDiff } from '../sequence.ts';
import type { Tcb } from '../tcb.ts';

/** How far the network reorders, as far as it was seen: the threshold of what counts as lost follows it. Plain data. */
export interface Reordering {
  /** Segments by which one may be late before it counts as lost: from `tcp_reordering` to `tcp_max_reordering`. */
  segments: number;
  /** How often it was seen. */
  seen: number;
}

export function createReordering(segments: number): Reordering {
  return { segments, seen: 0 };
}

type ReorderingCounter = 'TCPSACKReorder' | 'TCPTSReorder' | 'TCPRenoReorder';

/**
 * Octets from `low` to `high` had overtaken `low`, which was sent once only: the network reorders, by that much (RFC 4653's idea of
 * an adaptive threshold, as Linux has it).
 */
export function noteReordering(
  env: { readonly sysctl: TransportSysctl; readonly counters: TransportCounters },
  tcb: Tcb,
  low: number,
  high: number,
  counter: ReorderingCounter,
): void {
  const octets = seqDiff(high, low);
  if (octets <= 0) return;
  raiseReordering(env.sysctl, tcb.reordering, Math.ceil(octets / tcb.sndMss));
  tcb.reordering.seen += 1;
  env.counters[counter] += 1;
}

export function raiseReordering(
  sysctl: TransportSysctl,
  reordering: Reordering,
  segments: number,
): void {
  if (segments <= reordering.segments) return;
  reordering.segments = Math.min(segments, sysctl.tcp_max_reordering);
}
