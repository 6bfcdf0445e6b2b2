import { availableCongestionControls } from '../tcp/recover/congestion/registry.ts';
import { INT_MAX, nameKnob, numberKnob, switchKnob } from './knob.ts';

/** Knobs of retransmission, loss recovery and congestion control. */
export const RETRANSMISSION_KNOBS = {
  tcp_retries1: numberKnob(
    3,
    [0, 255],
    'retransmissions',
    'at once',
    'R1 (RFC 9293 3.8.3): after this many retransmissions the path is suspect, and its MTU is probed if tcp_mtu_probing is 1.',
  ),
  tcp_retries2: numberKnob(
    15,
    [0, 255],
    'retransmissions',
    'at once',
    'R2: a connection without an acknowledgment is given up after the time that this many retransmissions take, starting from tcp_rto_min_us: 15 is 924.6 s.',
  ),
  tcp_orphan_retries: numberKnob(
    0,
    [0, 255],
    'retransmissions',
    'at once',
    'Like tcp_retries2, for connections that the application has closed. 0 means 8, or none when the timeout has reached tcp_rto_max_ms.',
  ),
  tcp_rto_min_us: numberKnob(
    200000,
    [1000, 120_000_000],
    'µs',
    'at once',
    'Minimum retransmission timeout.',
  ),
  tcp_rto_max_ms: numberKnob(
    120000,
    [1000, 120_000],
    'ms',
    'at once',
    'Maximum retransmission timeout.',
  ),
  tcp_reordering: numberKnob(
    3,
    [1, 300],
    'segments',
    'new connections',
    'Duplicate acknowledgments that start fast retransmit: the initial reordering degree of a connection.',
  ),
  tcp_congestion_control: nameKnob(
    'cubic',
    availableCongestionControls(),
    'new connections',
    'Congestion control of sockets that do not choose one (TCP_CONGESTION).',
  ),
  tcp_available_congestion_control: nameKnob(
    availableCongestionControls().join(' '),
    availableCongestionControls(),
    'read only',
    'The available congestion controls.',
  ),
  tcp_challenge_ack_limit: numberKnob(
    INT_MAX,
    [0, INT_MAX],
    'segments',
    'at once',
    'Maximum of challenge ACKs in a second for the whole stack (RFC 5961 7). The default is no limit, as in Linux since 6.0: an attacker can learn about other connections from a shared limit. Each connection also has its own limit, tcp_invalid_ratelimit.',
  ),
  tcp_invalid_ratelimit: numberKnob(
    500,
    [0, INT_MAX],
    'ms',
    'at once',
    'Minimum time between two ACKs of one connection that answer segments outside its window.',
  ),
  tcp_stdurg: switchKnob(
    0,
    'at once',
    '0: the urgent pointer names the octet after the urgent octet, as all systems do (RFC 6093). 1: it names the urgent octet itself (RFC 1122).',
  ),
};
