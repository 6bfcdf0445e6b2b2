import type { RetransmissionQueue, SentRange } from '../state/send.ts';
import { seqDiff, seqGt, seqLe, seqLt } from '../state/sequence.ts';
import { type AckSample, sampleAcknowledged } from './ack-sample.ts';

export function isAllAcknowledged(queue: RetransmissionQueue): boolean {
  return queue.head === queue.ranges.length;
}

/** The oldest range, or undefined. */
export function headRange(queue: RetransmissionQueue): SentRange | undefined {
  return queue.ranges[queue.head];
}

/** The range with the highest sequence number, or undefined. */
export function tailRange(queue: RetransmissionQueue): SentRange | undefined {
  return isAllAcknowledged(queue) ? undefined : queue.ranges[queue.ranges.length - 1];
}

export function rangeOctets(range: SentRange): number {
  return seqDiff(range.endSequence, range.sequence);
}

/** Appends [sequence, endSequence), sent for the first time, in segments of `segmentOctets`. */
export function noteSent(
  queue: RetransmissionQueue,
  sequence: number,
  endSequence: number,
  segmentOctets: number,
  nowMs: number,
): void {
  queue.transmissions += 1;
  queue.ranges.push({
    sequence,
    endSequence,
    sentAtMs: nowMs,
    order: queue.transmissions,
    stamp: undefined,
    segmentOctets,
    transmissions: 1,
    lost: false,
    resent: false,
    sacked: false,
  });
}

/** Removes all ranges before `sndUna`, and records them in the sample. */
export function acknowledge(queue: RetransmissionQueue, sndUna: number, sample: AckSample): void {
  const { ranges } = queue;
  let head = queue.head;
  while (head < ranges.length) {
    const range = ranges[head]!;
    if (seqLe(sndUna, range.sequence)) break;
    const isPart = seqLt(sndUna, range.endSequence);
    const octets = isPart ? seqDiff(sndUna, range.sequence) : rangeOctets(range);
    countOff(queue, range, octets);
    sampleAcknowledged(sample, range, octets, isPart);
    if (isPart) {
      range.sequence = sndUna;
      break;
    }
    head += 1;
  }
  queue.head = head;
  compact(queue);
}

function compact(queue: RetransmissionQueue): void {
  if (queue.head === queue.ranges.length) {
    queue.ranges = [];
    queue.head = 0;
    queue.resendHint = 0;
    queue.resentEnd = undefined;
  } else if (queue.head > 64 && queue.head * 2 > queue.ranges.length) {
    queue.ranges.splice(0, queue.head);
    queue.resendHint = Math.max(0, queue.resendHint - queue.head);
    queue.head = 0;
  }
}

/** Subtracts `octets` octets of a range from the counts of its flags. */
export function countOff(queue: RetransmissionQueue, range: SentRange, octets: number): void {
  if (range.lost) queue.lostOctets -= octets;
  if (range.resent) queue.resentOctets -= octets;
  if (range.sacked) queue.sackedOctets -= octets;
  if (range.lost && !range.resent) queue.waitingOctets -= octets;
}

/** Splits the range at `index` in two at `sequence`, which lies inside it. */
export function splitAt(queue: RetransmissionQueue, index: number, sequence: number): void {
  const range = queue.ranges[index]!;
  queue.ranges.splice(index + 1, 0, { ...range, sequence });
  range.endSequence = sequence;
  if (queue.resendHint > index) queue.resendHint += 1;
}

/**
 * The first range that waits to be retransmitted, cut to at most `octets` octets; undefined if
 * there is none.
 */
export function nextToResend(queue: RetransmissionQueue, octets: number): SentRange | undefined {
  if (queue.waitingOctets === 0) return undefined;
  let index = Math.max(queue.head, queue.resendHint);
  while (index < queue.ranges.length) {
    const range = queue.ranges[index]!;
    if (range.lost && !range.resent) {
      queue.resendHint = index;
      cutTo(queue, index, octets);
      return range;
    }
    index += 1;
  }
  queue.resendHint = index;
  return undefined;
}

/** Cuts the range at `index` to at most `octets` octets; the rest becomes a range of its own. */
export function cutTo(queue: RetransmissionQueue, index: number, octets: number): void {
  const range = queue.ranges[index]!;
  if (rangeOctets(range) > octets) splitAt(queue, index, (range.sequence + octets) >>> 0);
}

/** Makes the last segment of the range at `index` a range of its own, and returns it. */
export function cutLastSegment(queue: RetransmissionQueue, index: number): SentRange {
  const range = queue.ranges[index]!;
  const { segmentOctets } = range;
  const before = (Math.ceil(rangeOctets(range) / segmentOctets) - 1) * segmentOctets;
  if (before === 0) return range;
  splitAt(queue, index, (range.sequence + before) >>> 0);
  return queue.ranges[index + 1]!;
}

/** Records that a range was retransmitted, in segments of `segmentOctets`. */
export function noteResent(
  queue: RetransmissionQueue,
  range: SentRange,
  segmentOctets: number,
  nowMs: number,
): void {
  queue.transmissions += 1;
  range.order = queue.transmissions;
  range.sentAtMs = nowMs;
  range.segmentOctets = segmentOctets;
  range.transmissions += 1;
  if (queue.resentEnd === undefined || seqGt(range.endSequence, queue.resentEnd)) {
    queue.resentEnd = range.endSequence;
  }
  if (range.resent || range.sacked) return;
  const octets = rangeOctets(range);
  range.resent = true;
  queue.resentOctets += octets;
  if (range.lost) queue.waitingOctets -= octets;
}
