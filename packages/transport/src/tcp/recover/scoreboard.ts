/**
 * The scoreboard of a retransmission queue (RFC 6675 3): what the peer holds, and what is deemed
 * lost.
 */

import type { SackBlock } from '@strata/wire';
import type { RetransmissionQueue } from '../state/send.ts';
import { seqDiff, seqGe, seqGt, seqLt } from '../state/sequence.ts';
import { type AckSample, sampleSacked } from './ack-sample.ts';
import { countOff, cutTo, headRange, rangeOctets, splitAt } from './retransmission-queue.ts';

/**
 * Deems a range lost; where it was sent again, that one too. It waits to be sent again. False: it
 * is SACKed, or waits already.
 */
export function markLost(queue: RetransmissionQueue, index: number): boolean {
  const range = queue.ranges[index]!;
  if (range.sacked || (range.lost && !range.resent)) return false;
  const octets = rangeOctets(range);
  if (!range.lost) {
    range.lost = true;
    queue.lostOctets += octets;
  }
  if (range.resent) {
    range.resent = false;
    queue.resentOctets -= octets;
  }
  queue.waitingOctets += octets;
  if (index < queue.resendHint) queue.resendHint = index;
  return true;
}

/** Deems the first `octets` octets lost, unless they are SACKed or lost already. */
export function markHeadLost(queue: RetransmissionQueue, octets: number): void {
  const range = headRange(queue);
  if (range === undefined || range.sacked || range.lost) return;
  cutTo(queue, queue.head, octets);
  markLost(queue, queue.head);
}

/** Deems all lost that the peer is not known to hold. */
export function markAllLost(queue: RetransmissionQueue): void {
  for (let i = queue.head; i < queue.ranges.length; i += 1) markLost(queue, i);
}

/** Takes back that anything is lost: it counts as in flight again. */
export function unmarkLost(queue: RetransmissionQueue): void {
  if (queue.lostOctets === 0) return;
  for (let i = queue.head; i < queue.ranges.length; i += 1) queue.ranges[i]!.lost = false;
  queue.lostOctets = 0;
  queue.waitingOctets = 0;
}

/** Forgets what was SACKed: the peer may have thrown it away (RFC 2018 8). */
export function forgetSacked(queue: RetransmissionQueue): void {
  for (let i = queue.head; i < queue.ranges.length; i += 1) queue.ranges[i]!.sacked = false;
  queue.sackedOctets = 0;
}

/**
 * Takes the SACK blocks of an acknowledgment into the scoreboard and the sample. Blocks outside of
 * SND.UNA..SND.NXT are ignored. A block counts for the whole segments in it, so that the ranges are
 * never more than the segments that were sent.
 */
export function applySack(
  queue: RetransmissionQueue,
  blocks: readonly SackBlock[],
  sndUna: number,
  sndNxt: number,
  sample: AckSample,
): void {
  for (const { left, right } of blocks) {
    if (seqGe(left, right) || seqLt(left, sndUna) || seqGt(right, sndNxt)) continue;
    sackBlock(queue, left, right, sample);
  }
}

function sackBlock(
  queue: RetransmissionQueue,
  left: number,
  right: number,
  sample: AckSample,
): void {
  for (let i = firstEndingAfter(queue, left); i < queue.ranges.length; i += 1) {
    const range = queue.ranges[i]!;
    if (seqGe(range.sequence, right)) return;
    if (range.sacked) continue;
    if (seqLt(range.sequence, left)) {
      const skipped = Math.ceil(seqDiff(left, range.sequence) / range.segmentOctets);
      const cut = (range.sequence + skipped * range.segmentOctets) >>> 0;
      const isWhole = seqGe(right, range.endSequence) || seqDiff(right, cut) >= range.segmentOctets;
      if (isWhole && seqLt(cut, range.endSequence)) splitAt(queue, i, cut);
      continue;
    }
    if (seqGt(range.endSequence, right)) {
      const whole = Math.floor(seqDiff(right, range.sequence) / range.segmentOctets);
      if (whole === 0) return;
      splitAt(queue, i, (range.sequence + whole * range.segmentOctets) >>> 0);
    }
    markSacked(queue, i, sample);
    if (joinsBefore(queue, i)) i -= 1;
  }
}

function markSacked(queue: RetransmissionQueue, index: number, sample: AckSample): void {
  const range = queue.ranges[index]!;
  const octets = rangeOctets(range);
  sampleSacked(sample, range, octets);
  countOff(queue, range, octets);
  range.lost = false;
  range.resent = false;
  range.sacked = true;
  if (queue.sackedOctets === 0 || seqGt(range.endSequence, queue.sackedEnd)) {
    queue.sackedEnd = range.endSequence;
  }
  queue.sackedOctets += octets;
}

/** Joins SACKed ranges that touch: nothing more is asked of them one by one. */
function joinsBefore(queue: RetransmissionQueue, index: number): boolean {
  const range = queue.ranges[index]!;
  const before = index > queue.head ? queue.ranges[index - 1] : undefined;
  if (before?.sacked !== true) return false;
  before.endSequence = range.endSequence;
  before.transmissions = Math.max(before.transmissions, range.transmissions);
  queue.ranges.splice(index, 1);
  if (queue.resendHint > index) queue.resendHint -= 1;
  return true;
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
