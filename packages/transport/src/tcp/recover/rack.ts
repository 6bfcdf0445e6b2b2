import type { Rack } from '../state/recovery.ts';
import type { RetransmissionQueue } from '../state/send.ts';
import { seqGe, seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { rangeOctets } from './retransmission-queue.ts';
import { markLost } from './scoreboard.ts';

/** Recoveries for which a widened window is kept (RFC 8985 6.2, step 4). */
export const WINDOW_PERSIST_RECOVERIES = 16;
const MAX_WINDOW_STEPS = 255;

/**
 * RFC 8985 6.2 (RACK_sent_after): whether the first was sent after the second; of one
 * super-segment, its later part was.
 */
function isSentAfter(order: number, end: number, thanOrder: number, thanEnd: number): boolean {
  return order > thanOrder || (order === thanOrder && seqGt(end, thanEnd));
}

/** RFC 8985 6.2, step 2: the most recent segment that has arrived. */
export function advanceRack(rack: Rack, sample: AckSample): void {
  if (sample.lastArrivedRttMs < 0) return;
  rack.advanced = true;
  rack.rttMs = sample.lastArrivedRttMs;
  const { newestOrder, newestEnd } = sample;
  if (!isSentAfter(newestOrder, newestEnd, rack.order, rack.endSequence)) return;
  rack.order = newestOrder;
  rack.endSequence = newestEnd;
}

/**
 * RFC 8985 6.2, step 4: a D-SACK says that the window was too small; it widens once in a round
 * trip, and goes back after {@link WINDOW_PERSIST_RECOVERIES} recoveries without another. The
 * reaction to D-SACK is only for those who have seen reordering.
 */
export function adaptReorderingWindow(tcb: Tcb, sample: AckSample): void {
  const { rack } = tcb;
  if (rack.duplicateRound !== undefined && seqGe(tcb.sndUna, rack.duplicateRound)) {
    rack.duplicateRound = undefined;
  }
  const isTold = sample.duplicateOctets > 0 && !sample.isProbeDuplicated && tcb.reordering.seen > 0;
  if (isTold && rack.duplicateRound === undefined) {
    rack.duplicateRound = tcb.sndNxt;
    rack.windowSteps = Math.min(MAX_WINDOW_STEPS, rack.windowSteps + 1);
    rack.windowPersist = WINDOW_PERSIST_RECOVERIES;
  } else if (rack.windowPersist <= 0) rack.windowSteps = 1;
}

/**
 * `tcp_recovery`: RACK; never a reordering window wider than a quarter; no window of 0 by the
 * number of duplicates.
 */
export const RECOVERY_RACK = 1;
const RECOVERY_STATIC_WINDOW = 2;
const RECOVERY_NO_DUPLICATE_THRESHOLD = 4;

/**
 * How late a segment may be, milliseconds (RFC 8985 6.2, step 4): nothing where no reordering was
 * seen and a loss is being repaired or enough was SACKed; else quarters of the least round trip, at
 * most SRTT.
 */
export function reorderingWindowMs(tcb: Tcb, tcpRecovery: number): number {
  const { rack, rto } = tcb;
  if (tcb.reordering.seen === 0) {
    if (tcb.caState === 'recovery' || tcb.caState === 'loss') return 0;
    const sacked = Math.ceil(tcb.retransmission.sackedOctets / tcb.sndMss);
    const counts = (tcpRecovery & RECOVERY_NO_DUPLICATE_THRESHOLD) === 0;
    if (counts && sacked >= tcb.reordering.segments) return 0;
  }
  if (rto.minRttMs === Infinity) return 0;
  const steps = (tcpRecovery & RECOVERY_STATIC_WINDOW) === 0 ? rack.windowSteps : 1;
  return Math.min((rto.minRttMs / 4) * steps, Math.max(rto.srttMs, 0));
}

/** What a search for losses has found. */
export interface RackFindings {
  /** Octets that are newly deemed lost. */
  lostOctets: number;
  /** Octets among them that had been sent again. */
  lostResentOctets: number;
  /** Time until the next may be deemed lost, milliseconds; 0: there is none. */
  timeoutMs: number;
}

/**
 * RFC 8985 6.2, step 5 (RACK_detect_loss): lost is what was sent before the newest that has
 * arrived, and is later than that one's round trip and the reordering window.
 */
export function detectLoss(tcb: Tcb, windowMs: number, nowMs: number): RackFindings {
  const { rack, retransmission: queue } = tcb;
  const found: RackFindings = { lostOctets: 0, lostResentOctets: 0, timeoutMs: 0 };
  if (rack.order === 0) return found;
  const { ranges } = queue;
  for (let i = queue.head; i < ranges.length; i += 1) {
    const range = ranges[i]!;
    if (range.sacked || (range.lost && !range.resent)) continue;
    if (!isSentAfter(rack.order, rack.endSequence, range.order, range.endSequence)) {
      if (range.transmissions === 1 && isBeyondResent(queue, range.sequence)) break;
      continue;
    }
    const remainingMs = range.sentAtMs + rack.rttMs + windowMs - nowMs;
    if (remainingMs > 0) {
      found.timeoutMs = Math.max(found.timeoutMs, remainingMs);
      continue;
    }
    if (range.resent) found.lostResentOctets += rangeOctets(range);
    if (markLost(queue, i)) found.lostOctets += rangeOctets(range);
  }
  return found;
}

/**
 * Whether nothing from there on was sent more than once: then it lies in the order in which it was
 * sent.
 */
function isBeyondResent(queue: RetransmissionQueue, sequence: number): boolean {
  return queue.resentEnd === undefined || seqGe(sequence, queue.resentEnd);
}

/**
 * Whether a segment that was sent at that time is not late yet: a timeout leaves it alone (RFC 8985
 * 6.3).
 */
export function isRecentlySent(
  rack: Rack,
  sentAtMs: number,
  windowMs: number,
  nowMs: number,
): boolean {
  return rack.order > 0 && sentAtMs + rack.rttMs + windowMs > nowMs;
}
