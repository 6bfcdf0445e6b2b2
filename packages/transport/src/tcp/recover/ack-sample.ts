import { createRateSample, type RateSample, sampleDelivered } from '../send/rate.ts';
import type { SentRange } from '../state/send.ts';
import { seqGt, seqLe, seqLt } from '../state/sequence.ts';

/**
 * What one acknowledgment reports about delivered data, collected while it is processed. In octets
 * unless said otherwise.
 */
export interface AckSample {
  readonly nowMs: number;
  /** SND.UNA, FlightSize and pipe before the acknowledgment. */
  readonly priorUna: number;
  readonly priorFlightOctets: number;
  readonly priorInFlightOctets: number;
  /**
   * The sequence number after the highest SACKed octet, before the acknowledgment; SND.UNA if
   * nothing was SACKed.
   */
  readonly priorSackedEnd: number;
  /** SND.NXT when the loss under repair was found: data before it was sent before the loss. */
  readonly recover: number;
  /** Minimum round-trip time, milliseconds. */
  readonly minRttMs: number;

  /** Octets newly covered by SND.UNA, including those SACKed before. */
  acknowledgedOctets: number;
  newlySackedOctets: number;
  /** Octets newly delivered: acknowledged or SACKed for the first time. */
  deliveredOctets: number;
  /** Octets that the peer reports as duplicates (D-SACK, RFC 2883); 0: none. */
  duplicateOctets: number;
  /** The D-SACK reports the tail loss probe as a duplicate. */
  isProbeDuplicated: boolean;

  /**
   * When the first and the last of the newly acknowledged ranges were sent, counting only ranges
   * sent once; -1: there is none.
   */
  firstSentAtMs: number;
  lastSentAtMs: number;
  /**
   * When the earliest of the newly SACKed ranges was sent, counting only ranges sent once; -1:
   * there is none.
   */
  sackSentAtMs: number;
  /**
   * A newly acknowledged range was retransmitted, so the acknowledgment gives no round-trip time
   * (Karn's algorithm).
   */
  retransmitted: boolean;
  /**
   * Data sent before the loss and never retransmitted was delivered: not everything was lost (RFC
   * 5682 3).
   */
  originalDelivered: boolean;
  /**
   * Lowest sequence number that was sent once and delivered after higher ones: the network
   * reordered it.
   */
  lowestReordered: number | undefined;

  /**
   * Round-trip time of the last delivered range, milliseconds (RACK.rtt, RFC 8985 5.2); -1: none.
   * If one acknowledgment SACKs some ranges and acknowledges others, the acknowledged ones arrived
   * last.
   */
  lastArrivedRttMs: number;
  /** The most recently sent of the delivered ranges (RFC 8985 6.2, step 2). */
  newestOrder: number;
  newestEnd: number;

  /** Octets marked lost because of this acknowledgment. */
  lostOctets: number;
  /** Some of the octets marked lost were retransmissions. */
  lostRetransmission: boolean;
  /** Round-trip time measured by the acknowledgment, milliseconds; -1: none. */
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

/**
 * Records that SND.UNA covers `octets` octets of a range. The range's flags are still those from
 * before. `isPart`: SND.UNA covers only a part of the range.
 */
export function sampleAcknowledged(
  sample: AckSample,
  range: SentRange,
  octets: number,
  isPart: boolean,
): void {
  sample.acknowledgedOctets += octets;
  if (range.transmissions > 1) sample.retransmitted = true;
  // A SACKed range arrived earlier: its time of transmission gives no round-trip time now.
  if (range.sacked) return;
  sample.deliveredOctets += octets;
  sampleDelivered(sample.rate, range, octets);
  // Of a range covered only in part, the end so far: the rest of the range has not arrived.
  sampleNewest(sample, range, isPart ? (range.sequence + octets) >>> 0 : range.endSequence);
  if (range.transmissions > 1) return;
  if (sample.firstSentAtMs < 0) sample.firstSentAtMs = range.sentAtMs;
  sample.lastSentAtMs = range.sentAtMs;
  noteOriginal(sample, range);
}

/** Records that a range is newly SACKed. The range's flags are still those from before. */
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
 * RFC 8985 6.2, step 2: an acknowledgment of a retransmission that comes in less than the minimum
 * round trip most likely answers the original.
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

/** An acknowledgment as loss recovery sees it. */
export interface RecoveryAck {
  readonly sample: AckSample;
  /** The acknowledgment advanced SND.UNA. */
  readonly isAdvanced: boolean;
  /** The acknowledgment is a duplicate ACK (RFC 5681 2). */
  readonly isDuplicate: boolean;
  /** TSecr; undefined: no timestamps. */
  readonly echo: number | undefined;
}
