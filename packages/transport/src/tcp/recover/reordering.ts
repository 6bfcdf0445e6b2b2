import type { TransportCounters } from '../../counters.ts';
import type { TransportSysctl } from '../../sysctl.ts';
import type { Reordering } from '../state/recovery.ts';
import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';

type ReorderingCounter = 'TCPSACKReorder' | 'TCPTSReorder' | 'TCPRenoReorder';

/**
 * Records reordering: `low` was sent once and arrived after the octets up to `high`. Raises the
 * reordering degree to that distance (an adaptive threshold as in RFC 4653; Linux's
 * tcp_check_sack_reordering()).
 */
export function noteReordering(
  context: { readonly sysctl: TransportSysctl; readonly counters: TransportCounters },
  tcb: Tcb,
  low: number,
  high: number,
  counter: ReorderingCounter,
): void {
  const octets = seqDiff(high, low);
  if (octets <= 0) return;
  raiseReordering(context.sysctl, tcb.reordering, Math.ceil(octets / tcb.sndMss));
  tcb.reordering.seen += 1;
  context.counters[counter] += 1;
}

export function raiseReordering(
  sysctl: TransportSysctl,
  reordering: Reordering,
  segments: number,
): void {
  if (segments <= reordering.segments) return;
  reordering.segments = Math.min(segments, sysctl.tcp_max_reordering);
}
