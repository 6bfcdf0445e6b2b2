/**
 * Loss detection: by RACK, by SACK alone (RFC 6675) where `tcp_recovery` turns RACK off, or by
 * duplicate ACKs.
 */

import type { SentRange } from '../state/send.ts';
import { seqGt, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { startReorderTimer } from '../timers/transmit-timer.ts';
import type { AckSample } from './ack-sample.ts';
import { detectLoss, RECOVERY_RACK, reorderingWindowMs } from './rack.ts';
import { markLostByDuplicates } from './reno-sack.ts';
import { cutLastSegment, cutTo, rangeOctets } from './retransmission-queue.ts';
import { markHeadLost, markLost } from './scoreboard.ts';

/**
 * Looks for losses: by RACK (RFC 8985), by SACK alone (RFC 6675, `tcp_recovery` 0), or without SACK
 * by duplicate ACKs (RFC 6582). Returns true if the reordering timer was started.
 */
export function findLosses(
  context: TcpContext,
  tcb: Tcb,
  sample: AckSample,
  isAdvanced: boolean,
): boolean {
  if (!tcb.sackOn) {
    // RFC 6582 3.2, step 1: no second recovery for data that was in flight during the last one.
    if (tcb.caState !== 'recovery' && !seqGt(tcb.sndUna, tcb.recover)) return false;
    sample.lostOctets += markLostByDuplicates(tcb, isAdvanced);
    return false;
  }
  if ((context.sysctl.tcp_recovery & RECOVERY_RACK) !== 0) {
    return findByTime(context, tcb, sample.nowMs, sample);
  }
  sample.lostOctets += markLostBySack(tcb);
  return false;
}

/**
 * Looks for losses by RACK: after an acknowledgment that delivered data, or (without `sample`) when
 * the reordering timer expires. Returns true if the timer was started.
 */
export function findByTime(
  context: TcpContext,
  tcb: Tcb,
  nowMs: number,
  sample?: AckSample,
): boolean {
  const { rack, retransmission: queue } = tcb;
  if (sample !== undefined) {
    if (!rack.advanced) return false;
    rack.advanced = false;
    // All data arrived in order and nothing was retransmitted, so all remaining ranges were sent
    // later than the newest delivered one.
    if (queue.sackedOctets === 0 && queue.resentEnd === undefined) return false;
  }
  const windowMs = reorderingWindowMs(tcb, context.sysctl.tcp_recovery);
  const { lostOctets, lostResentOctets, timeoutMs } = detectLoss(tcb, windowMs, nowMs);
  if (lostResentOctets > 0) {
    context.counters.TCPLostRetransmit += Math.ceil(lostResentOctets / tcb.sndMss);
  }
  if (sample !== undefined) {
    sample.lostOctets += lostOctets;
    if (lostResentOctets > 0) sample.lostRetransmission = true;
  }
  if (timeoutMs === 0) return false;
  startReorderTimer(tcb, timeoutMs, nowMs);
  return true;
}

/**
 * RFC 6675 4, IsLost(): a range is lost if enough octets above it are SACKed. RFC 6675 5, steps 4.1
 * and 4.2: the head is lost also after enough duplicate ACKs. Lost retransmissions are left to the
 * retransmission timer. Returns the octets newly marked lost.
 */
function markLostBySack(tcb: Tcb): number {
  const { retransmission: queue } = tcb;
  const threshold = tcb.reordering.segments;
  const before = queue.lostOctets;
  // IsLost() (1) by octets: more than (DupThresh - 1) * SMSS above it are SACKed.
  let above = queue.sackedOctets;
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    if (above <= (threshold - 1) * tcb.sndMss) break;
    const range = queue.ranges[i]!;
    if (range.sacked) above -= rangeOctets(range);
    else if (!range.lost && !range.resent) markLost(queue, i);
  }
  if (tcb.duplicateAcks >= threshold && queue.sackedOctets > 0) markHeadLost(queue, tcb.sndMss);
  return queue.lostOctets - before;
}

/**
 * RFC 6675 4, NextSeg() (3) and (4): if nothing is marked lost and there is no new data, a range
 * below the highest SACKed one may be retransmitted; and once in each recovery the last range that
 * is not SACKed (the rescue retransmission), to keep the ACK clock running. Undefined: nothing to
 * retransmit.
 */
export function nextUnprovoked(tcb: Tcb, octets: number): SentRange | undefined {
  const { retransmission: queue } = tcb;
  if (queue.sackedOctets === 0) return undefined;
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    const range = queue.ranges[i]!;
    if (!seqLt(range.sequence, queue.sackedEnd)) break;
    if (range.sacked || range.lost || range.transmissions > 1) continue;
    cutTo(queue, i, octets);
    return range;
  }
  return rescueOf(tcb);
}

/** The rescue retransmission: the highest segment in flight that is not SACKed. */
function rescueOf(tcb: Tcb): SentRange | undefined {
  const { retransmission: queue, rescue } = tcb;
  if (rescue.end !== undefined && !seqGt(tcb.sndUna, rescue.end)) return undefined;
  for (let i = queue.ranges.length - 1; i >= queue.head; i -= 1) {
    const range = queue.ranges[i]!;
    if (range.sacked) continue;
    if (range.resent) return undefined;
    rescue.end = tcb.recover;
    return cutLastSegment(queue, i);
  }
  return undefined;
}
