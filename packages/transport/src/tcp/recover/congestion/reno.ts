import type { CongestionState } from '../../state/recovery.ts';
import {
  type CongestionControl,
  type CongestionEvent,
  initialWindow,
  restore,
  slowStart,
} from './congestion-control.ts';

/** Reno's own variable. */
export interface RenoNumbers extends Record<string, number> {
  /** Octets acknowledged in congestion avoidance since the window last grew. */
  partial: number;
}

/**
 * Reno, as Linux names it: slow start, congestion avoidance and the reductions of RFC 5681 and RFC
 * 6582.
 */
export const reno: CongestionControl = {
  name: 'reno',

  create(mss) {
    return { name: 'reno', cwnd: initialWindow(mss), ssthresh: Infinity, own: { partial: 0 } };
  },

  onAcknowledged(state, octets, { mss }) {
    const left = slowStart(state, octets);
    if (left <= 0) return;
    // RFC 5681 3.1: one MSS for each window of acknowledged octets.
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
    // RFC 3168 6.1.2: like the loss of a segment.
    halve(state, event);
  },

  onRecoveryExit(state) {
    state.cwnd = state.ssthresh;
  },

  onTimeout(state, isFirst, event) {
    // RFC 5681 3.1: ssthresh stays if the same data times out again.
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
 * RFC 5681 3.1, equation 4. FlightSize counts only up to cwnd: octets beyond it were sent by
 * limited transmit (RFC 5681 3.2, step 2).
 */
function halve(state: CongestionState, { mss, flightOctets }: CongestionEvent): void {
  state.ssthresh = Math.max(Math.round(Math.min(flightOctets, state.cwnd) / 2), 2 * mss);
  state.own['partial'] = 0;
}
