import { availableCongestionControls } from '../tcp/recover/congestion/registry.ts';
import { INT_MAX, nameKnob, numberKnob, switchKnob } from './knob.ts';

/** Knobs of retransmission, loss recovery and congestion control. */
export const RETRANSMISSION_KNOBS = {
  tcp_retries1: numberKnob(
    3,
    [0, 255],
    'retransmissions',
    'at once',
    'R1 (RFC 9293 3.8.3): after the time of so many retransmissions the path is suspected, and its MTU probed where tcp_mtu_probing is 1.',
  ),
  tcp_retries2: numberKnob(
    15,
    [0, 255],
    'retransmissions',
    'at once',
    'R2: a connection without acknowledgment is given up after the time that so many retransmissions from tcp_rto_min_us on take: 15 is 924.6 s.',
  ),
  tcp_orphan_retries: numberKnob(
    0,
    [0, 255],
    'retransmissions',
    'at once',
    'As tcp_retries2, for connections that the application has closed. 0 is 8, and none once the retransmission timer is at its largest.',
  ),
  tcp_rto_min_us: numberKnob(
    200000,
    [1000, 120_000_000],
    'µs',
    'at once',
    'Least retransmission timeout.',
  ),
  tcp_rto_max_ms: numberKnob(
    120000,
    [1000, 120_000],
    'ms',
    'at once',
    'Largest retransmission timeout.',
  ),
  tcp_reordering: numberKnob(
    3,
    [1, 300],
    'segments',
    'new connections',
    'Duplicate acknowledgments that start fast retransmit: the degree of reordering that a connection begins with.',
  ),
  tcp_congestion_control: nameKnob(
    'cubic',
    availableCongestionControls(),
    'new connections',
    'Congestion control of sockets that choose none.',
  ),
  tcp_available_congestion_control: nameKnob(
    availableCongestionControls().join(' '),
    availableCongestionControls(),
    'read only',
    'The congestion controls that there are.',
  ),
  tcp_challenge_ack_limit: numberKnob(
    INT_MAX,
    [0, INT_MAX],
    'segments',
    'at once',
    'Challenge ACKs in a second at most (RFC 5961 7), for the whole stack. The default is no limit, as in Linux since 6.0: one that all connections share can tell an attacker of them. Each connection has its own, tcp_invalid_ratelimit.',
  ),
  tcp_invalid_ratelimit: numberKnob(
    500,
    [0, INT_MAX],
    'ms',
    'at once',
    'Time between two ACKs of one connection that answer segments out of its window.',
  ),
  tcp_stdurg: switchKnob(
    0,
    'at once',
    '0: the urgent pointer points behind the last urgent octet, as everybody has it (RFC 6093). 1: at it, as RFC 1122 has it.',
  ),
};
