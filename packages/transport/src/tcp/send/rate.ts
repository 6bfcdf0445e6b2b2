/**
 * Delivery rate estimation (draft-cheng-iccrg-delivery-rate-estimation, Linux's tcp_rate.c): the
 * octets delivered between the transmission of a segment and its acknowledgment, divided by the
 * time between.
 */

import { inFlightOctets } from '../recover/in-flight.ts';
import type { RateState, SendStamp, SentRange } from '../state/send.ts';
import { seqDiff } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';

function takeStamp(rate: RateState, isIdle: boolean, nowMs: number): SendStamp {
  if (isIdle) {
    // Nothing was in flight, so the measurement interval starts now.
    rate.firstSentAtMs = nowMs;
    rate.deliveredAtMs = nowMs;
  }
  return {
    deliveredOctets: rate.deliveredOctets,
    deliveredAtMs: rate.deliveredAtMs,
    firstSentAtMs: rate.firstSentAtMs,
    isAppLimited: rate.appLimitedUntil > 0,
  };
}

/**
 * Stores the delivery state in a range that is sent or retransmitted. `wasIdle`: nothing was in
 * flight before.
 */
export function stampRange(
  tcb: Tcb,
  range: SentRange | undefined,
  wasIdle: boolean,
  nowMs: number,
) {
  if (range !== undefined) range.stamp = takeStamp(tcb.rate, wasIdle, nowMs);
}

/** The rate sample of one acknowledgment, collected while it is processed. */
export interface RateSample {
  /** Stamp of the most recently sent delivered range; undefined: nothing was delivered. */
  stamp: SendStamp | undefined;
  sentAtMs: number;
  order: number;
  /** Number of segments delivered. */
  segments: number;
}

export function createRateSample(): RateSample {
  return { stamp: undefined, sentAtMs: 0, order: -1, segments: 0 };
}

/** Records `octets` of a range as delivered. The most recently sent range decides the sample. */
export function sampleDelivered(sample: RateSample, range: SentRange, octets: number): void {
  sample.segments += Math.ceil(octets / range.segmentOctets);
  if (range.stamp === undefined || range.order <= sample.order) return;
  sample.stamp = range.stamp;
  sample.sentAtMs = range.sentAtMs;
  sample.order = range.order;
}

/**
 * Computes the rate after an acknowledgment is processed, if its sample is usable.
 * `deliveredOctets`: octets newly delivered.
 */
export function finishRateSample(
  rate: RateState,
  sample: RateSample,
  deliveredOctets: number,
  minRttMs: number,
  nowMs: number,
): void {
  rate.deliveredOctets += deliveredOctets;
  rate.deliveredSegments += sample.segments;
  rate.deliveredAtMs = nowMs;
  if (rate.deliveredOctets > rate.appLimitedUntil) rate.appLimitedUntil = 0;
  const { stamp, sentAtMs } = sample;
  if (stamp === undefined) return;
  rate.firstSentAtMs = sentAtMs;
  const octets = rate.deliveredOctets - stamp.deliveredOctets;
  // The longer of the send interval and the ACK interval: bursts of segments or of ACKs must not
  // raise the rate.
  const intervalMs = Math.max(sentAtMs - stamp.firstSentAtMs, nowMs - stamp.deliveredAtMs);
  // Shorter than the minimum round trip: the acknowledgment answers the original transmission of a
  // retransmitted segment.
  if (intervalMs <= 0 || intervalMs < minRttMs) return;
  const isFaster = octets * rate.sampleIntervalMs >= rate.sampleOctets * intervalMs;
  if (stamp.isAppLimited && !isFaster) return;
  rate.sampleOctets = octets;
  rate.sampleIntervalMs = intervalMs;
  rate.isSampleAppLimited = stamp.isAppLimited;
}

/**
 * Called before the application's data is appended. If the sender has run out of data, the samples
 * until the data in flight is delivered measure the application, not the network.
 */
export function noteAppLimited(tcb: Tcb): void {
  const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
  const inFlight = inFlightOctets(tcb);
  if (unsent >= tcb.sndMss || inFlight >= tcb.congestion.cwnd) return;
  if (tcb.retransmission.waitingOctets > 0) return;
  tcb.rate.appLimitedUntil = Math.max(1, tcb.rate.deliveredOctets + inFlight);
}

/** The last delivery rate, octets per second; -1: not known. */
export function deliveryRate({ sampleOctets, sampleIntervalMs }: RateState): number {
  return sampleIntervalMs > 0 ? (sampleOctets * 1000) / sampleIntervalMs : -1;
}
