import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of loss recovery beyond the retransmission timer. */
export const RECOVERY_KNOBS = {
  tcp_recovery: numberKnob(
    1,
    [0, 7],
    '',
    'at once',
    'Bits. 1: RACK (RFC 8985) finds losses; without it SACK alone does (RFC 6675). 2: the reordering window of RACK stays at a quarter of the minimum round trip. 4: the window is not set to 0 after tcp_reordering SACKed segments.',
  ),
  tcp_early_retrans: numberKnob(
    3,
    [0, 4],
    '',
    'at once',
    '3 or 4: tail loss probes are sent (RFC 8985 7). Otherwise they are not.',
  ),
  tcp_frto: numberKnob(
    2,
    [0, 2],
    '',
    'at once',
    'Not 0: F-RTO (RFC 5682) detects spurious timeouts.',
  ),
  tcp_max_reordering: numberKnob(
    300,
    [1, INT_MAX],
    'segments',
    'at once',
    'Maximum reordering degree of a connection, which starts at tcp_reordering.',
  ),
  tcp_min_rtt_wlen: numberKnob(
    300,
    [0, 86_400],
    's',
    'at once',
    'Time window of the minimum round trip: older measurements do not count.',
  ),
  tcp_slow_start_after_idle: switchKnob(
    1,
    'at once',
    '1: the congestion window shrinks while it is not fully used, and restarts after a pause longer than the retransmission timeout (RFC 2861).',
  ),
};
