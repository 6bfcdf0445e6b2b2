import type { Rack } from '../state/recovery.ts';
import type { RetransmissionQueue } from '../state/send.ts';
import { seqGe, seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { rangeOctets } from './retransmission-queue.ts';
import { markLost } from './scoreboard.ts';

/** Number of recoveries for which a widened window is kept (RFC 8985 6.2, step 4). */
export const WINDOW_PERSIST_RECOVERIES = 16;
const MAX_WINDOW_STEPS = 255;

/**
 * RFC 8985 6.2 (RACK_sent_after): whether the first range was sent after the second. Within one
 * super-segment the later part counts as sent later.
 */
function isSentAfter(order: number, end: number, thanOrder: number, thanEnd: number): boolean {
  return order > thanOrder || (order === thanOrder && seqGt(end, thanEnd));
}

/** RFC 8985 6.2, step 2: updates the most recently sent segment that was delivered. */
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
 * RFC 8985 6.2, step 4: a D-SACK shows that the reordering window was too small. The window is
 * widened at most once in a round trip, and returns after {@link WINDOW_PERSIST_RECOVERIES}
 * recoveries without another D-SACK. D-SACKs count only if reordering was seen.
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
 * Bits of `tcp_recovery`: use RACK; keep the reordering window at one quarter; keep the window open
 * even after DupThresh duplicates.
 */
export const RECOVERY_RACK = 1;
const RECOVERY_STATIC_WINDOW = 2;
const RECOVERY_NO_DUPLICATE_THRESHOLD = 4;

/**
 * The reordering window, milliseconds (RFC 8985 6.2, step 4). 0 if no reordering was seen and the
 * connection is in recovery or enough octets are SACKed. Otherwise a number of quarters of the
 * minimum round trip, at most SRTT.
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

/** The result of a search for losses. */
export interface RackFindings {
  /** Octets newly marked lost. */
  lostOctets: number;
  /** Octets among them that were retransmissions. */
  lostResentOctets: number;
  /** Time until the next range may be lost, milliseconds; 0: there is none. */
  timeoutMs: number;
}

/**
 * RFC 8985 6.2, step 5 (RACK_detect_loss): a range is lost if it was sent before the most recently
 * sent delivered one, and the round trip plus the reordering window have passed since.
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
 * Whether no range from `sequence` on was retransmitted: then sequence order is also the order of
 * transmission.
 */
function isBeyondResent(queue: RetransmissionQueue, sequence: number): boolean {
  return queue.resentEnd === undefined || seqGe(sequence, queue.resentEnd);
}

/**
 * Whether a segment sent at `sentAtMs` is not late yet: a timeout does not mark it lost (RFC 8985
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
