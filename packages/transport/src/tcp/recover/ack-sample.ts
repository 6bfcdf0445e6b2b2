import { createRateSample, type RateSample, sampleDelivered } from '../send/rate.ts';
import type { SentRange } from '../state/send.ts';
import { seqGt, seqLe, seqLt } from '../state/sequence.ts';

/**
 * All that one acknowledgment says of what has arrived, gathered while it is taken. Octets unless
 * said otherwise.
 */
export interface AckSample {
  readonly nowMs: number;
  /** SND.UNA, FlightSize and pipe before the acknowledgment. */
  readonly priorUna: number;
  readonly priorFlightOctets: number;
  readonly priorInFlightOctets: number;
  /** Behind the highest number that was SACKed before; SND.UNA where nothing was. */
  readonly priorSackedEnd: number;
  /** What was sent up to here was sent before the loss that is being repaired (SND.NXT of then). */
  readonly recover: number;
  /** Least round-trip time, milliseconds. */
  readonly minRttMs: number;

  /** Taken off by SND.UNA, what was SACKed before included. */
  acknowledgedOctets: number;
  newlySackedOctets: number;
  /** Arrived that was not known to have: by SND.UNA or by SACK. */
  deliveredOctets: number;
  /** A duplicate that the peer reports (D-SACK, RFC 2883); 0: none. */
  duplicateOctets: number;
  /** The duplicate is the tail loss probe. */
  isProbeDuplicated: boolean;

  /**
   * When the first and the last range were sent that SND.UNA took off and that were sent once; -1:
   * there is none.
   */
  firstSentAtMs: number;
  lastSentAtMs: number;
  /** When the first range was sent that was sent once and is newly SACKed; -1: there is none. */
  sackSentAtMs: number;
  /**
   * Something that SND.UNA took off had been sent more than once: no round trip is measured by it
   * (Karn).
   */
  retransmitted: boolean;
  /** Something arrived that was sent once, before the loss: not all of it was lost (RFC 5682 3). */
  originalDelivered: boolean;
  /** Lowest number that arrived, sent once, after higher ones had: the network reorders. */
  lowestReordered: number | undefined;

  /**
   * How long the range was on its way that arrived last, milliseconds (RACK.rtt, RFC 8985 5.2); -1:
   * none has. What SND.UNA takes off came later than what had overtaken it and is SACKed by the
   * same acknowledgment.
   */
  lastArrivedRttMs: number;
  /** The range that was sent last of those that arrived (RFC 8985 6.2, step 2). */
  newestOrder: number;
  newestEnd: number;

  /** Deemed lost because of this acknowledgment. */
  lostOctets: number;
  /** Some of it had been sent again since. */
  lostRetransmission: boolean;
  /** Round-trip time that it gave, milliseconds; -1: none. */
  rttMs: number;
  readonly rate: RateSample;
}

export type AckSampleStart = Pick<
  AckSample,
  | 'nowMs'
  | 'priorUna'
  | 'priorFlightOctets'
  | 'priorInFlightOctets'
  | 'priorSackedEnd'
  | 'recover'
  | 'minRttMs'
>;

export function createAckSample(start: AckSampleStart): AckSample {
  return {
    nowMs: start.nowMs,
    priorUna: start.priorUna,
    priorFlightOctets: start.priorFlightOctets,
    priorInFlightOctets: start.priorInFlightOctets,
    priorSackedEnd: start.priorSackedEnd,
    recover: start.recover,
    minRttMs: start.minRttMs,
    acknowledgedOctets: 0,
    newlySackedOctets: 0,
    deliveredOctets: 0,
    duplicateOctets: 0,
    isProbeDuplicated: false,
    firstSentAtMs: -1,
    lastSentAtMs: -1,
    sackSentAtMs: -1,
    retransmitted: false,
    originalDelivered: false,
    lowestReordered: undefined,
    lastArrivedRttMs: -1,
    newestOrder: 0,
    newestEnd: 0,
    lostOctets: 0,
    lostRetransmission: false,
    rttMs: -1,
    rate: createRateSample(),
  };
}

/** SND.UNA takes `octets` octets off a range, whose flags still stand. `isPart`: not all of it. */
export function sampleAcknowledged(
  sample: AckSample,
  range: SentRange,
  octets: number,
  isPart: boolean,
): void {
  sample.acknowledgedOctets += octets;
  if (range.transmissions > 1) sample.retransmitted = true;
  // A SACKed range arrived earlier: its time of sending says nothing of this round trip.
  if (range.sacked) return;
  sample.deliveredOctets += octets;
  sampleDelivered(sample.rate, range, octets);
  // Of a range of which a part is missing, the first segments may have been sent long before the
  // acknowledgment was.
  sampleNewest(sample, range, isPart ? (range.sequence + octets) >>> 0 : range.endSequence);
  if (range.transmissions > 1) return;
  if (sample.firstSentAtMs < 0) sample.firstSentAtMs = range.sentAtMs;
  sample.lastSentAtMs = range.sentAtMs;
  noteOriginal(sample, range);
}

/** A range is newly SACKed; its flags still stand. */
export function sampleSacked(sample: AckSample, range: SentRange, octets: number): void {
  sample.newlySackedOctets += octets;
  sample.deliveredOctets += octets;
  sampleDelivered(sample.rate, range, octets);
  sampleNewest(sample, range, range.endSequence);
  if (range.transmissions > 1) return;
  if (sample.sackSentAtMs < 0 || range.sentAtMs < sample.sackSentAtMs) {
    sample.sackSentAtMs = range.sentAtMs;
  }
  noteOriginal(sample, range);
}

function noteOriginal(sample: AckSample, range: SentRange): void {
  if (seqLe(range.endSequence, sample.recover)) sample.originalDelivered = true;
  if (!seqLt(range.sequence, sample.priorSackedEnd)) return;
  if (sample.lowestReordered === undefined || seqLt(range.sequence, sample.lowestReordered)) {
    sample.lowestReordered = range.sequence;
  }
}

/**
 * RFC 8985 6.2, step 2: what was sent again and seems to be back too soon is most likely the first
 * one.
 */
function sampleNewest(sample: AckSample, range: SentRange, end: number): void {
  const rttMs = sample.nowMs - range.sentAtMs;
  if (range.transmissions > 1 && rttMs < sample.minRttMs) return;
  sample.lastArrivedRttMs = rttMs;
  const isNewer =
    range.order > sample.newestOrder ||
    (range.order === sample.newestOrder && seqGt(end, sample.newestEnd));
  if (!isNewer) return;
  sample.newestOrder = range.order;
  sample.newestEnd = end;
}

/** An acknowledgment, as far as recovery looks at it. */
export interface RecoveryAck {
  readonly sample: AckSample;
  /** It moved SND.UNA. */
  readonly isAdvanced: boolean;
  /** A duplicate ACK (RFC 5681 2). */
  readonly isDuplicate: boolean;
  /** TSecr; undefined: no timestamps. */
  readonly echo: number | undefined;
}
