import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of loss recovery beyond the retransmission timer. */
export const RECOVERY_KNOBS = {
  tcp_recovery: numberKnob(
    1,
    [0, 7],
    '',
    'at once',
    'Bits. 1: RACK (RFC 8985), else losses are found by SACK alone (RFC 6675). 2: its reordering window stays a quarter of the least round trip. 4: it is not 0 where tcp_reordering segments were SACKed.',
  ),
  tcp_early_retrans: numberKnob(
    3,
    [0, 4],
    '',
    'at once',
    '3 or 4: tail loss probes (RFC 8985 7). Else none.',
  ),
  tcp_frto: numberKnob(
    2,
    [0, 2],
    '',
    'at once',
    'Not 0: F-RTO (RFC 5682) finds timeouts that were for nothing.',
  ),
  tcp_max_reordering: numberKnob(
    300,
    [1, INT_MAX],
    'segments',
    'at once',
    'How far the degree of reordering of a connection may grow, from tcp_reordering on.',
  ),
  tcp_min_rtt_wlen: numberKnob(
    300,
    [0, 86_400],
    's',
    'at once',
    'How long the least round trip counts before it is looked for anew.',
  ),
  tcp_slow_start_after_idle: switchKnob(
    1,
    'at once',
    '1: the congestion window shrinks while it is not used, and starts anew after a pause longer than the retransmission timeout (RFC 2861).',
  ),
};
