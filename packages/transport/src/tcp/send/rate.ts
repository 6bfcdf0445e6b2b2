/**
 * Delivery rate estimation (draft-cheng-iccrg-delivery-rate-estimation, as Linux's tcp_rate.c): how
 * fast the network delivers, from what was delivered between the sending of a segment and its
 * acknowledgment.
 */

import { inFlightOctets } from '../recover/in-flight.ts';
import type { RateState, SendStamp, SentRange } from '../state/send.ts';
import { seqDiff } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';

function takeStamp(rate: RateState, isIdle: boolean, nowMs: number): SendStamp {
  if (isIdle) {
    // The interval begins now: before it the network had nothing to deliver.
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
 * Something was sent, or sent again, as this range: it carries the state of delivery. `wasIdle`:
 * nothing was in flight before.
 */
export function stampRange(
  tcb: Tcb,
  range: SentRange | undefined,
  wasIdle: boolean,
  nowMs: number,
) {
  if (range !== undefined) range.stamp = takeStamp(tcb.rate, wasIdle, nowMs);
}

/** What one acknowledgment tells of the rate, gathered while it is taken. */
export interface RateSample {
  /** Of what was sent last among what was delivered; undefined: nothing was. */
  stamp: SendStamp | undefined;
  sentAtMs: number;
  order: number;
  /** Segments that were delivered. */
  segments: number;
}

export function createRateSample(): RateSample {
  return { stamp: undefined, sentAtMs: 0, order: -1, segments: 0 };
}

/** `octets` of a range that were not known to have arrived have: what was sent last tells most. */
export function sampleDelivered(sample: RateSample, range: SentRange, octets: number): void {
  sample.segments += Math.ceil(octets / range.segmentOctets);
  if (range.stamp === undefined || range.order <= sample.order) return;
  sample.stamp = range.stamp;
  sample.sentAtMs = range.sentAtMs;
  sample.order = range.order;
}

/**
 * The acknowledgment is taken: makes an estimate of the sample, where it gives one.
 * `deliveredOctets`: what it told of.
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
  // The slower of sending and acknowledging: neither bunched segments nor bunched acknowledgments
  // make the network faster.
  const intervalMs = Math.max(sentAtMs - stamp.firstSentAtMs, nowMs - stamp.deliveredAtMs);
  // Shorter than a round trip: an acknowledgment of what was sent again answers the first
  // transmission.
  if (intervalMs <= 0 || intervalMs < minRttMs) return;
  const isFaster = octets * rate.sampleIntervalMs >= rate.sampleOctets * intervalMs;
  if (stamp.isAppLimited && !isFaster) return;
  rate.sampleOctets = octets;
  rate.sampleIntervalMs = intervalMs;
  rate.isSampleAppLimited = stamp.isAppLimited;
}

/**
 * To be called before the application's data is appended: if the sender has run dry, what is sent
 * up to the end of what is in flight tells of the application's rate.
 */
export function noteAppLimited(tcb: Tcb): void {
  const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
  const inFlight = inFlightOctets(tcb);
  if (unsent >= tcb.sndMss || inFlight >= tcb.congestion.cwnd) return;
  if (tcb.retransmission.waitingOctets > 0) return;
  tcb.rate.appLimitedUntil = Math.max(1, tcb.rate.deliveredOctets + inFlight);
}

/** Octets a second that were delivered last; -1: not known. */
export function deliveryRate({ sampleOctets, sampleIntervalMs }: RateState): number {
  return sampleIntervalMs > 0 ? (sampleOctets * 1000) / sampleIntervalMs : -1;
}
