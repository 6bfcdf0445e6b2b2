import type { RtoState } from '../state/timers.ts';
import { updateWindowedMin } from './windowed-min.ts';

/** After the SYN was sent again, data starts with this (RFC 6298 5.7). */
export const RTO_AFTER_SYN_LOSS_MS = 3000;
/** Granularity of the clock, G in RFC 6298. */
const CLOCK_GRANULARITY_MS = 1;

/** Takes a measurement of a segment that was sent once (Karn's algorithm is the caller's). */
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
  // As Linux bounds it: the least RTO counts for the variance's part, so that it lies minRto above
  // SRTT.
  const margin = Math.max(CLOCK_GRANULARITY_MS, 4 * state.rttvarMs, minRtoMs);
  state.rtoMs = Math.min(maxRtoMs, state.srttMs + margin);
}

/** Takes a measurement into the least round-trip time of the last `windowMs`. */
export function noteMinRtt(state: RtoState, rttMs: number, nowMs: number, windowMs: number): void {
  state.minRttMs = updateWindowedMin(state.minRtt, rttMs, windowMs, nowMs);
}

/** The timeout to arm now, with back-off (RFC 6298 5.5). */
export function backedOffRto(state: RtoState, maxRtoMs: number): number {
  return Math.min(maxRtoMs, state.rtoMs * 2 ** Math.min(state.backoff, 30));
}

/**
 * How long a connection goes on without an acknowledgment: the time that `retries` retransmissions
 * from the least RTO on would take, as Linux reads `tcp_retries2` (15: 924.6 s).
 */
export function giveUpAfterMs(retries: number, minRtoMs: number, maxRtoMs: number): number {
  // The largest holds whatever the least is.
  const firstMs = Math.min(minRtoMs, maxRtoMs);
  const doublings = Math.floor(Math.log2(maxRtoMs / firstMs));
  if (retries <= doublings) return (2 * 2 ** retries - 1) * firstMs;
  return (2 * 2 ** doublings - 1) * firstMs + (retries - doublings) * maxRtoMs;
}
