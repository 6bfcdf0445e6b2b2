/**
 * The scoreboard of the retransmission queue (RFC 6675 3): which ranges are SACKed, and which are
 * marked lost.
 */

import type { SackBlock } from '@strata/wire';
import type { RetransmissionQueue } from '../state/send.ts';
import { seqDiff, seqGe, seqGt, seqLt } from '../state/sequence.ts';
import { type AckSample, sampleSacked } from './ack-sample.ts';
import { countOff, cutTo, headRange, rangeOctets, splitAt } from './retransmission-queue.ts';

/**
 * Marks a range lost, and its retransmission if it has one, so that it waits to be retransmitted.
 * Returns false if it is SACKed, or waits already.
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

/** Marks the first `octets` octets lost, unless they are SACKed or marked already. */
export function markHeadLost(queue: RetransmissionQueue, octets: number): void {
  const range = headRange(queue);
  if (range === undefined || range.sacked || range.lost) return;
  cutTo(queue, queue.head, octets);
  markLost(queue, queue.head);
}

/** Marks all ranges lost that are not SACKed. */
export function markAllLost(queue: RetransmissionQueue): void {
  for (let i = queue.head; i < queue.ranges.length; i += 1) markLost(queue, i);
}

/** Clears all loss marks: the ranges count as in flight again. */
export function unmarkLost(queue: RetransmissionQueue): void {
  if (queue.lostOctets === 0) return;
  for (let i = queue.head; i < queue.ranges.length; i += 1) queue.ranges[i]!.lost = false;
  queue.lostOctets = 0;
  queue.waitingOctets = 0;
}

/** Clears all SACK marks: the peer may have discarded the data (reneging, RFC 2018 8). */
export function forgetSacked(queue: RetransmissionQueue): void {
  for (let i = queue.head; i < queue.ranges.length; i += 1) queue.ranges[i]!.sacked = false;
  queue.sackedOctets = 0;
}

/**
 * Applies the SACK blocks of an acknowledgment to the scoreboard and the sample. Blocks outside of
 * SND.UNA..SND.NXT are ignored. Only the whole segments in a block are marked, so that there are
 * never more ranges than segments sent.
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

/**
 * Joins a SACKed range with the SACKed range before it: they need not be told apart any more.
 * Returns whether there was one.
 */
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
