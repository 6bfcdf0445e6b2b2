import type { CongestionState } from '../../state/recovery.ts';

/**
 * Slow start by octets, not by acknowledgments (RFC 3465): a peer may acknowledge many segments at once, or split them. Returns the
 * octets that are left over above ssthresh.
 */
export function slowStart(state: CongestionState, octets: number): number {
  if (state.cwnd >= state.ssthresh) return octets;
  const grow = Math.min(octets, state.ssthresh - state.cwnd);
  state.cwnd += grow;
  return octets - grow;
}
