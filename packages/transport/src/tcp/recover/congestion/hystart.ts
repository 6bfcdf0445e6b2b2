/**
 * HyStart++ (RFC 9406): ends the first slow start when the round trip grows, before a whole window
 * is lost. The growth per acknowledgment is not limited to L segments (4.2): an acknowledgment may
 * stand for a super-segment, and Linux does not limit it either.
 */
import type { CongestionState } from '../../state/recovery.ts';
import { seqGt } from '../../state/sequence.ts';
import type { CongestionEvent } from './congestion-control.ts';

/** The constants of RFC 9406 4.3. */
const MIN_RTT_THRESH_MS = 4;
const MAX_RTT_THRESH_MS = 16;
const MIN_RTT_DIVISOR = 8;
const N_RTT_SAMPLE = 8;
const CSS_GROWTH_DIVISOR = 4;
const CSS_ROUNDS = 5;

/** HyStart++'s variables, among the algorithm's own; milliseconds. */
export interface HystartNumbers extends Record<string, number> {
  /** SND.NXT at the start of the round; -1: no round has begun. */
  hystartWindowEnd: number;
  hystartLastMinRttMs: number;
  hystartMinRttMs: number;
  hystartSamples: number;
  /** Infinity: not in conservative slow start (CSS). */
  hystartBaselineMs: number;
  /** Rounds spent in conservative slow start. */
  hystartRounds: number;
}

export function createHystart(): HystartNumbers {
  return {
    hystartWindowEnd: -1,
    hystartLastMinRttMs: Infinity,
    hystartMinRttMs: Infinity,
    hystartSamples: 0,
    hystartBaselineMs: Infinity,
    hystartRounds: 0,
  };
}

/** RFC 9406 4.2: takes the round-trip time of an acknowledgment in slow start. */
export function sampleHystart(state: CongestionState, event: CongestionEvent): void {
  const own = state.own as HystartNumbers;
  // Only for the first slow start.
  if (state.ssthresh !== Infinity) return;
  if (own.hystartWindowEnd < 0 || seqGt(event.sndUna, own.hystartWindowEnd)) {
    beginRound(state, own, event);
  }
  if (event.rttMs < 0) return;
  own.hystartMinRttMs = Math.min(own.hystartMinRttMs, event.rttMs);
  own.hystartSamples += 1;
  if (own.hystartSamples < N_RTT_SAMPLE) return;
  if (own.hystartBaselineMs === Infinity) {
    if (hasGrown(own)) {
      own.hystartBaselineMs = own.hystartMinRttMs;
      own.hystartRounds = 0;
    }
  } else if (own.hystartMinRttMs < own.hystartBaselineMs) {
    // The growth was jitter: slow start continues.
    own.hystartBaselineMs = Infinity;
  }
}

function hasGrown(own: HystartNumbers): boolean {
  const last = own.hystartLastMinRttMs;
  if (last === Infinity) return false;
  const thresh = Math.min(Math.max(MIN_RTT_THRESH_MS, last / MIN_RTT_DIVISOR), MAX_RTT_THRESH_MS);
  return own.hystartMinRttMs >= last + thresh;
}

function beginRound(state: CongestionState, own: HystartNumbers, event: CongestionEvent): void {
  own.hystartWindowEnd = event.sndNxt;
  own.hystartLastMinRttMs = own.hystartMinRttMs;
  own.hystartMinRttMs = Infinity;
  own.hystartSamples = 0;
  if (own.hystartBaselineMs === Infinity) return;
  own.hystartRounds += 1;
  // 4.2: after CSS_ROUNDS rounds of conservative slow start, congestion avoidance begins.
  if (own.hystartRounds >= CSS_ROUNDS) state.ssthresh = state.cwnd;
}

/** Octets by which slow start grows for `octets` acknowledged octets. */
export function hystartGrowth(state: CongestionState, octets: number): number {
  const own = state.own as HystartNumbers;
  const isConservative = state.ssthresh === Infinity && own.hystartBaselineMs !== Infinity;
  return isConservative ? octets / CSS_GROWTH_DIVISOR : octets;
}
