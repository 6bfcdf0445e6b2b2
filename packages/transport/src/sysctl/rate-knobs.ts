import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of pacing, of the size of super-segments, and of path measurements. */
export const RATE_KNOBS = {
  tcp_pacing: switchKnob(
    0,
    'at once',
    '1: what is sent is spread over the round trip by the pacing rate, on all connections, as Linux does under the fq scheduler. 0: where the socket sets a largest rate (SO_MAX_PACING_RATE). Not in Linux.',
  ),
  tcp_pacing_ss_ratio: numberKnob(
    200,
    [0, 1000],
    '%',
    'at once',
    'Pacing rate in slow start, of cwnd / srtt.',
  ),
  tcp_pacing_ca_ratio: numberKnob(
    120,
    [0, 1000],
    '%',
    'at once',
    'Pacing rate in congestion avoidance, and from half of ssthresh on, of cwnd / srtt.',
  ),
  tcp_limit_output_bytes: numberKnob(
    262_144,
    [1, INT_MAX],
    'octets',
    'at once',
    'Data that a connection hands down at once: the rest waits until what lies below has taken it. 4194304 in Linux, which is told when the device has sent it.',
  ),
  tcp_min_tso_segs: numberKnob(
    2,
    [1, 65535],
    'segments',
    'at once',
    'Least segments of a super-segment, where there is so much to send: from there on it holds what the pacing rate sends in a millisecond.',
  ),
  tcp_tso_rtt_log: numberKnob(
    9,
    [0, 63],
    '',
    'at once',
    'Super-segments to peers whose round trip is below 2 to the power of this, in µs, are as large as can be; the limit halves with each such step. 0: the round trip has no say.',
  ),
  tcp_tso_win_divisor: numberKnob(
    3,
    [0, INT_MAX],
    '',
    'at once',
    'Part of the window that is worth a super-segment at once: less may wait for the next acknowledgment, if that is due within a millisecond. 0: nothing waits.',
  ),
};
