import type { CongestionState } from '../../state/recovery.ts';
import {
  type CongestionControl,
  type CongestionEvent,
  initialWindow,
  restore,
  slowStart,
} from './congestion-control.ts';

/** Reno's own number. */
export interface RenoNumbers extends Record<string, number> {
  /** Octets acknowledged in congestion avoidance since the window grew last. */
  partial: number;
}

/**
 * Slow start, congestion avoidance and the reductions of RFC 5681 and RFC 6582, named as Linux
 * names it.
 */
export const reno: CongestionControl = {
  name: 'reno',

  create(mss) {
    return { name: 'reno', cwnd: initialWindow(mss), ssthresh: Infinity, own: { partial: 0 } };
  },

  onAcknowledged(state, octets, { mss }) {
    const left = slowStart(state, octets);
    if (left <= 0) return;
    // RFC 5681 3.1: one MSS for each window's worth of acknowledged octets.
    let partial = (state.own['partial'] ?? 0) + left;
    while (partial >= state.cwnd) {
      partial -= state.cwnd;
      state.cwnd += mss;
    }
    state.own['partial'] = partial;
  },

  onLossDetected(state, event) {
    halve(state, event);
  },

  onEcnEcho(state, event) {
    // RFC 3168 6.1.2: as if a segment had been lost.
    halve(state, event);
  },

  onRecoveryExit(state) {
    state.cwnd = state.ssthresh;
  },

  onTimeout(state, isFirst, event) {
    // RFC 5681 3.1: ssthresh is kept where the same data times out again.
    if (isFirst) halve(state, event);
    state.own['partial'] = 0;
  },

  onUndo(state, before) {
    restore(state, before);
  },

  onIdle(state) {
    state.own['partial'] = 0;
  },
};

/**
 * RFC 5681 3.1, equation 4. FlightSize counts up to the window: what limited transmit sent beyond
 * it does not (RFC 5681 3.2, step 2).
 */
function halve(state: CongestionState, { mss, flightOctets }: CongestionEvent): void {
  state.ssthresh = Math.max(Math.round(Math.min(flightOctets, state.cwnd) / 2), 2 * mss);
  state.own['partial'] = 0;
}
