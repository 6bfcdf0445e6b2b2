import type { RtoState } from '../state/timers.ts';
import { updateWindowedMin } from './windowed-min.ts';

/** RTO for the first data after a SYN was retransmitted (RFC 6298 5.7). */
export const RTO_AFTER_SYN_LOSS_MS = 3000;
/** Granularity of the clock, G in RFC 6298. */
const CLOCK_GRANULARITY_MS = 1;

/**
 * Updates the RTO with a measurement. The caller observes Karn's algorithm: no retransmitted
 * segments.
 */
export function measureRtt(
  state: RtoState,
  rttMs: number,
  minRtoMs: number,
  maxRtoMs: number,
): void {
  if (state.srttMs < 0) {
    // RFC 6298 2.2
    state.srttMs = rttMs;
    state.rttvarMs = rttMs / 2;
  } else {
    // RFC 6298 2.3: alpha 1/8, beta 1/4
    state.rttvarMs += (Math.abs(state.srttMs - rttMs) - state.rttvarMs) / 4;
    state.srttMs += (rttMs - state.srttMs) / 8;
  }
  // The minimum RTO replaces the variance term, not the sum, as in Linux's tcp_rtt_estimator(): the
  // RTO is at least SRTT + minRtoMs.
  const margin = Math.max(CLOCK_GRANULARITY_MS, 4 * state.rttvarMs, minRtoMs);
  state.rtoMs = Math.min(maxRtoMs, state.srttMs + margin);
}

/** Updates the minimum round-trip time of the last `windowMs`. */
export function noteMinRtt(state: RtoState, rttMs: number, nowMs: number, windowMs: number): void {
  state.minRttMs = updateWindowedMin(state.minRtt, rttMs, windowMs, nowMs);
}

/** The timeout with exponential backoff (RFC 6298 5.5). */
export function backedOffRto(state: RtoState, maxRtoMs: number): number {
  return Math.min(maxRtoMs, state.rtoMs * 2 ** Math.min(state.backoff, 30));
}

/**
 * How long a connection may stay unacknowledged: the time of `retries` retransmissions from the
 * minimum RTO on, as in Linux's tcp_model_timeout() (`tcp_retries2` 15: 924.6 s).
 */
export function giveUpAfterMs(retries: number, minRtoMs: number, maxRtoMs: number): number {
  // The maximum RTO applies even to the minimum.
  const firstMs = Math.min(minRtoMs, maxRtoMs);
  const doublings = Math.floor(Math.log2(maxRtoMs / firstMs));
  if (retries <= doublings) return (2 * 2 ** retries - 1) * firstMs;
  return (2 * 2 ** doublings - 1) * firstMs + (retries - doublings) * maxRtoMs;
}
