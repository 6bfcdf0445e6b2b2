/**
 * Duplicate ACKs in place of SACK, where the peer sends no SACK: each shows that one more segment
 * has left the network (RFC 6582).
 */

import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { AckSample } from './ack-sample.ts';
import { raiseReordering } from './reordering.ts';
import { markHeadLost } from './scoreboard.ts';

/** A duplicate ACK: one more out-of-order segment has arrived. */
export function addRenoSack(context: TcpContext, tcb: Tcb, sample: AckSample): void {
  tcb.renoSackedOctets += tcb.sndMss;
  limitRenoSacked(context, tcb);
  sample.deliveredOctets += tcb.sndMss;
}

/**
 * SND.UNA has advanced: one segment filled the hole, and the others are those that the duplicate
 * ACKs reported.
 */
export function removeRenoSack(context: TcpContext, tcb: Tcb, sample: AckSample): void {
  if (tcb.renoSackedOctets === 0) return;
  const { acknowledgedOctets } = sample;
  sample.deliveredOctets = Math.max(
    acknowledgedOctets - tcb.renoSackedOctets,
    Math.min(acknowledgedOctets, tcb.sndMss),
  );
  const others = Math.max(0, acknowledgedOctets - tcb.sndMss);
  tcb.renoSackedOctets = Math.max(0, tcb.renoSackedOctets - others);
  limitRenoSacked(context, tcb);
}

/** At most all segments but one can have arrived. More duplicate ACKs than that show reordering. */
function limitRenoSacked(context: TcpContext, tcb: Tcb): void {
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  const holes = Math.max(tcb.retransmission.lostOctets, Math.min(tcb.sndMss, outstanding));
  const most = Math.max(0, outstanding - holes);
  if (tcb.renoSackedOctets <= most) return;
  tcb.renoSackedOctets = most;
  if (outstanding === 0 || tcb.retransmission.lostOctets > 0) return;
  raiseReordering(context.sysctl, tcb.reordering, Math.ceil(outstanding / tcb.sndMss));
  tcb.reordering.seen += 1;
  context.counters.TCPRenoReorder += 1;
}

/**
 * RFC 6582 3.2: the first segment is lost after enough duplicate ACKs (step 2), or in recovery when
 * a partial acknowledgment arrives (step 3). Returns the octets newly marked lost.
 */
export function markLostByDuplicates(tcb: Tcb, isAdvanced: boolean): number {
  const isInRecovery = tcb.caState === 'recovery';
  const isDue = isInRecovery
    ? isAdvanced
    : tcb.caState !== 'loss' && tcb.renoSackedOctets >= tcb.reordering.segments * tcb.sndMss;
  if (!isDue) return 0;
  const before = tcb.retransmission.lostOctets;
  markHeadLost(tcb.retransmission, tcb.sndMss);
  return tcb.retransmission.lostOctets - before;
}

/** Whether the first range was retransmitted, or any retransmission is in flight. */
export function isAnythingResent(tcb: Tcb): boolean {
  const { retransmission: queue } = tcb;
  const head = queue.ranges[queue.head];
  return queue.resentOctets > 0 || (head !== undefined && head.transmissions > 1);
}
