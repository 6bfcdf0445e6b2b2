import { type CongestionControl, restore } from './congestion-control.ts';

/**
 * A window that is never the limit, octets: larger than the largest scaled window (RFC 7323 2.3).
 */
const NO_LIMIT_OCTETS = 2 ** 31;

/**
 * No congestion control: sends what the peer's window allows, whatever is lost. Only for
 * measurements on a private link, not for a shared network (RFC 9293 3.8.2, MUST-19). Linux has no
 * such algorithm.
 */
export const none: CongestionControl = {
  name: 'none',
  isFixed: true,

  create() {
    return { name: 'none', cwnd: NO_LIMIT_OCTETS, ssthresh: NO_LIMIT_OCTETS, own: {} };
  },

  onAcknowledged: keep,
  onLossDetected: keep,
  onEcnEcho: keep,
  onRecoveryExit: keep,
  onTimeout: keep,
  onUndo: restore,
  onIdle: keep,
};

function keep(state: { cwnd: number }): void {
  state.cwnd = NO_LIMIT_OCTETS;
}
