import { type CongestionControl, initialWindow } from './congestion-control.ts';

/**
 * Slow start, congestion avoidance, fast retransmit and recovery (RFC 5681, RFC 6582), named as Linux names it. What to send again
 * is decided elsewhere; here is only how much.
 */
export const reno: CongestionControl = {
  name: 'reno',

  create(mss) {
    return { name: 'reno', cwnd: initialWindow(mss), ssthresh: Infinity, own: { partial: 0 } };
  },

  onAcknowledged(state, octets, { mss }) {
    let left = octets;
    if (state.cwnd < state.ssthresh) {
      // Counting octets, not acknowledgments (RFC 3465): a peer may acknowledge many segments at once.
      const grow = Math.min(left, state.ssthresh - state.cwnd);
      state.cwnd += grow;
      left -= grow;
    }
    if (left <= 0) return;
    // RFC 5681 3.1: one MSS for each window's worth of acknowledged octets.
    state.own['partial'] = (state.own['partial'] ?? 0) + left;
    while (state.own['partial']! >= state.cwnd) {
      state.own['partial']! -= state.cwnd;
      state.cwnd += mss;
    }
  },

  onLossDetected(state, { mss, inFlightOctets }) {
    // RFC 5681 3.2 step 2, equation 4
    state.ssthresh = Math.max(inFlightOctets / 2, 2 * mss);
    state.cwnd = state.ssthresh;
    state.own['partial'] = 0;
  },

  onRecoveryExit(state, { mss, inFlightOctets }) {
    // RFC 6582 3.2 step 3, the first option: no burst where little is in flight.
    state.cwnd = Math.min(state.ssthresh, Math.max(inFlightOctets, mss) + mss);
  },

  onTimeout(state, isFirst, { mss, inFlightOctets }) {
    // RFC 5681 3.1: ssthresh is kept where the same data times out again.
    if (isFirst) state.ssthresh = Math.max(inFlightOctets / 2, 2 * mss);
    state.cwnd = mss;
    state.own['partial'] = 0;
  },

  onIdle(state, { mss }) {
    state.cwnd = Math.min(state.cwnd, initialWindow(mss));
  },
};
