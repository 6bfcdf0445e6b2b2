import type { SackBlock } from '@strata/wire';
import { seqDiff, seqGe, seqGt, seqLe, seqLt } from './sequence.ts';

/** Sequence numbers that were sent together and are not acknowledged: octets of data, and SYN or FIN as one each. */
export interface SentRange {
  sequence: number;
  endSequence: number;
  /** When it was last sent. */
  sentAtMs: number;
  /** Times it was sent, from 1. */
  transmissions: number;
  /** Deemed lost: it no longer counts as in flight. */
  lost: boolean;
  /** Sent again since it was deemed lost. */
  resent: boolean;
  /** The peer holds it beyond a hole (RFC 2018). */
  sacked: boolean;
}

/** All that is sent and not acknowledged, in order, with the scoreboard of RFC 6675. Plain data. */
export interface RetransmissionQueue {
  ranges: SentRange[];
  /** Index of the first range; those before it are acknowledged. */
  head: number;
  /** Octets in ranges by flag. */
  lostOctets: number;
  resentOctets: number;
  sackedOctets: number;
  /** Ranges before this index hold nothing that waits to be sent again. */
  resendHint: number;
}

/** What an acknowledgment took off the queue. */
export interface Acknowledged {
  octets: number;
  /** When the newest range was sent that was sent only once; -1 where there is none (Karn's algorithm). */
  sentAtMs: number;
  /** Whether some of it had been sent more than once. */
  retransmitted: boolean;
}

export function createRetransmissionQueue(): RetransmissionQueue {
  return {
    ranges: [],
    head: 0,
    lostOctets: 0,
    resentOctets: 0,
    sackedOctets: 0,
    resendHint: 0,
  };
}

export function isAllAcknowledged(queue: RetransmissionQueue): boolean {
  return queue.head === queue.ranges.length;
}

/** The oldest range, or undefined. */
export function headRange(queue: RetransmissionQueue): SentRange | undefined {
  return queue.ranges[queue.head];
}

/** Notes that [sequence, endSequence) was sent for the first time. */
export function noteSent(
  queue: RetransmissionQueue,
  sequence: number,
  endSequence: number,
  nowMs: number,
): void {
  queue.ranges.push({
    sequence,
    endSequence,
    sentAtMs: nowMs,
    transmissions: 1,
    lost: false,
    resent: false,
    sacked: false,
  });
}

/** Takes off all before `sndUna`. */
export function acknowledge(queue: RetransmissionQueue, sndUna: number): Acknowledged {
  const result: Acknowledged = { octets: 0, sentAtMs: -1, retransmitted: false };
  const { ranges } = queue;
  let head = queue.head;
  while (head < ranges.length) {
    const range = ranges[head]!;
    if (seqLe(sndUna, range.sequence)) break;
    if (range.transmissions > 1) result.retransmitted = true;
    if (seqLt(sndUna, range.endSequence)) {
      const octets = seqDiff(sndUna, range.sequence);
      countOff(queue, range, octets);
      range.sequence = sndUna;
      result.octets += octets;
      if (range.transmissions === 1) result.sentAtMs = range.sentAtMs;
      break;
    }
    const octets = seqDiff(range.endSequence, range.sequence);
    countOff(queue, range, octets);
    result.octets += octets;
    // A SACKed range was received earlier: its time of sending says nothing of this round trip.
    if (range.transmissions === 1 && !range.sacked) result.sentAtMs = range.sentAtMs;
    head += 1;
  }
  queue.head = head;
  compact(queue);
  return result;
}

function compact(queue: RetransmissionQueue): void {
  if (queue.head === queue.ranges.length) {
    queue.ranges = [];
    queue.head = 0;
    queue.resendHint = 0;
  } else if (queue.head > 64 && queue.head * 2 > queue.ranges.length) {
    queue.ranges.splice(0, queue.head);
    queue.resendHint = Math.max(0, queue.resendHint - queue.head);
    queue.head = 0;
  }
}

function countOff(queue: RetransmissionQueue, range: SentRange, octets: number): void {
  if (range.lost) queue.lostOctets -= octets;
  if (range.resent) queue.resentOctets -= octets;
  if (range.sacked) queue.sackedOctets -= octets;
}

/** Cuts the range at `index` in two at `sequence`, which lies inside it. */
function splitAt(queue: RetransmissionQueue, index: number, sequence: number): void {
  const range = queue.ranges[index]!;
  queue.ranges.splice(index + 1, 0, { ...range, sequence });
  range.endSequence = sequence;
  if (queue.resendHint > index) queue.resendHint += 1;
}

/** Deems a range lost: it no longer counts as in flight, and waits to be sent again. */
function markLost(queue: RetransmissionQueue, index: number): void {
  const range = queue.ranges[index]!;
  const octets = seqDiff(range.endSequence, range.sequence);
  if (!range.lost) {
    range.lost = true;
    queue.lostOctets += octets;
  }
  if (range.resent) {
    range.resent = false;
    queue.resentOctets -= octets;
  }
  if (index < queue.resendHint) queue.resendHint = index;
}

/** Deems the first `octets` octets lost, unless SACKed. */
export function markHeadLost(queue: RetransmissionQueue, octets: number): void {
  const range = headRange(queue);
  if (range === undefined || range.sacked) return;
  if (seqDiff(range.endSequence, range.sequence) > octets) {
    splitAt(queue, queue.head, (range.sequence + octets) >>> 0);
  }
  if (!range.lost) markLost(queue, queue.head);
}

/** After a timeout: all is lost, and what was SACKed no longer is believed (RFC 2018 8). */
export function markAllLost(queue: RetransmissionQueue): void {
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    queue.ranges[i]!.sacked = false;
    markLost(queue, i);
  }
  queue.sackedOctets = 0;
  queue.resendHint = queue.head;
}

/** The first range that is lost and not sent again yet, cut to at most `octets` octets; undefined where there is none. */
export function nextToResend(queue: RetransmissionQueue, octets: number): SentRange | undefined {
  if (queue.lostOctets === queue.resentOctets) return undefined;
  let index = Math.max(queue.head, queue.resendHint);
  while (index < queue.ranges.length) {
    const range = queue.ranges[index]!;
    if (range.lost && !range.resent && !range.sacked) {
      queue.resendHint = index;
      if (seqDiff(range.endSequence, range.sequence) > octets) {
        splitAt(queue, index, (range.sequence + octets) >>> 0);
      }
      return range;
    }
    index += 1;
  }
  queue.resendHint = index;
  return undefined;
}

/** Notes that a range was sent again. */
export function noteResent(queue: RetransmissionQueue, range: SentRange, nowMs: number): void {
  range.sentAtMs = nowMs;
  range.transmissions += 1;
  if (range.lost && !range.resent) {
    range.resent = true;
    queue.resentOctets += seqDiff(range.endSequence, range.sequence);
  }
}

/** Takes the SACK blocks of an acknowledgment; returns the octets that are newly SACKed. Blocks outside SND.UNA..SND.NXT are ignored. */
export function applySack(
  queue: RetransmissionQueue,
  blocks: readonly SackBlock[],
  sndUna: number,
  sndNxt: number,
): number {
  let newly = 0;
  for (const { left, right } of blocks) {
    // RFC 2883: at or below SND.UNA it reports a duplicate.
    if (seqGe(left, right) || seqLt(left, sndUna) || seqGt(right, sndNxt)) continue;
    newly += sackBlock(queue, left, right);
  }
  return newly;
}

function sackBlock(queue: RetransmissionQueue, left: number, right: number): number {
  let newly = 0;
  for (let i = firstEndingAfter(queue, left); i < queue.ranges.length; i += 1) {
    const range = queue.ranges[i]!;
    if (seqGe(range.sequence, right)) break;
    if (range.sacked) continue;
    if (seqLt(range.sequence, left)) {
      splitAt(queue, i, left);
      continue;
    }
    if (seqGt(range.endSequence, right)) splitAt(queue, i, right);
    const octets = seqDiff(range.endSequence, range.sequence);
    countOff(queue, range, octets);
    range.lost = false;
    range.resent = false;
    range.sacked = true;
    queue.sackedOctets += octets;
    newly += octets;
  }
  return newly;
}

function firstEndingAfter(queue: RetransmissionQueue, sequence: number): number {
  let low = queue.head;
  let high = queue.ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqGt(queue.ranges[middle]!.endSequence, sequence)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Deems lost what has `threshold` octets SACKed above it (RFC 6675 4, IsLost by octets). Ranges that were sent again are
 * left to the retransmission timer. Returns whether something was newly deemed lost.
 */
export function markLostBySack(queue: RetransmissionQueue, thresholdOctets: number): boolean {
  let above = queue.sackedOctets;
  let found = false;
  for (let i = queue.head; i < queue.ranges.length && above >= thresholdOctets; i += 1) {
    const range = queue.ranges[i]!;
    if (range.sacked) above -= seqDiff(range.endSequence, range.sequence);
    else if (!range.lost) {
      markLost(queue, i);
      found = true;
    }
  }
  return found;
}
