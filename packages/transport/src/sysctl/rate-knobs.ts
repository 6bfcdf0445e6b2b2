import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of pacing, of the size of super-segments, and of path measurements. */
export const RATE_KNOBS = {
  tcp_pacing: switchKnob(
    0,
    'at once',
    '1: all connections are paced: their data is spread over the round trip at the pacing rate, as in Linux with the fq scheduler. 0: only sockets with SO_MAX_PACING_RATE. Linux has no such sysctl.',
  ),
  tcp_pacing_ss_ratio: numberKnob(
    200,
    [0, 1000],
    '%',
    'at once',
    'Pacing rate in the first half of slow start (below ssthresh / 2), in % of cwnd / srtt.',
  ),
  tcp_pacing_ca_ratio: numberKnob(
    120,
    [0, 1000],
    '%',
    'at once',
    'Pacing rate from ssthresh / 2 on and in congestion avoidance, in % of cwnd / srtt.',
  ),
  tcp_limit_output_bytes: numberKnob(
    262_144,
    [1, INT_MAX],
    'octets',
    'at once',
    'Data that a connection sends in one turn: the rest waits until the layers below have taken it. Linux has 4194304, because there the device reports what it has sent.',
  ),
  tcp_min_tso_segs: numberKnob(
    2,
    [1, 65535],
    'segments',
    'at once',
    'Minimum number of segments in a super-segment, if there is enough data. A super-segment above it holds what the pacing rate sends in a millisecond.',
  ),
  tcp_tso_rtt_log: numberKnob(
    9,
    [0, 63],
    '',
    'at once',
    'Super-segments are as large as possible if the round trip is below 2 to the power of this, in µs; the size halves with each further step of that length. 0: the round trip has no effect.',
  ),
  tcp_tso_win_divisor: numberKnob(
    3,
    [0, INT_MAX],
    '',
    'at once',
    'A super-segment of at least 1/n of the window is sent at once; a smaller one may wait for the next acknowledgment, if it is due within a millisecond. 0: nothing waits.',
  ),
};
