import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of the handshake and of listening sockets. */
export const HANDSHAKE_KNOBS = {
  tcp_syn_retries: numberKnob(
    6,
    [0, 127],
    'retransmissions',
    'at once',
    'Times that a SYN is sent again (beside the linear ones), then the connect fails: 6 is 127 s. TCP_SYNCNT has a say per socket.',
  ),
  tcp_syn_linear_timeouts: numberKnob(
    0,
    [0, 127],
    'retransmissions',
    'at once',
    'Retransmissions of a SYN, beyond tcp_syn_retries, that come without back-off before those that double. Linux has 4 since 6.5; here it is 0, since RFC 9293 (MUST-19) asks for exponential back-off of SYN too.',
  ),
  tcp_synack_retries: numberKnob(
    5,
    [0, 255],
    'retransmissions',
    'at once',
    'Times that a SYN,ACK is sent again: 5 is 63 s.',
  ),
  tcp_max_syn_backlog: numberKnob(
    1024,
    [1, INT_MAX],
    'connections',
    'at once',
    'Connections in SYN-RECEIVED per listener at most; the backlog bounds them too. Without SYN cookies the last quarter is for peers that connected before. Linux takes the default from the memory it has.',
  ),
  tcp_syncookies: switchKnob(
    1,
    'at once',
    '1: a SYN that finds the SYN queue full is answered by a SYN cookie. 2: each SYN is. 0: it is dropped.',
    2,
  ),
  somaxconn: numberKnob(
    4096,
    [1, INT_MAX],
    'connections',
    'new sockets',
    'Connections that wait for accept, per listener, at most.',
    'net.core.',
  ),
  tcp_abort_on_overflow: switchKnob(
    0,
    'at once',
    '1: the last ACK of a handshake is answered by RST where the accept queue is full. 0: it is passed over, and the peer tries again.',
  ),
  tcp_timestamps: switchKnob(
    1,
    'new connections',
    '1: timestamps (RFC 7323) are offered and used.',
  ),
  tcp_window_scaling: switchKnob(
    1,
    'new connections',
    '1: window scaling (RFC 7323) is offered and used.',
  ),
  tcp_sack: switchKnob(
    1,
    'new connections',
    '1: selective acknowledgments (RFC 2018) are offered and used.',
  ),
  tcp_ecn: switchKnob(
    2,
    'new connections',
    'Explicit congestion notification (RFC 3168). 0: off. 1: asked for and agreed to. 2: agreed to where the peer asks.',
    2,
  ),
  tcp_ecn_fallback: switchKnob(
    1,
    'at once',
    '1: a SYN that is sent again no longer asks for ECN (RFC 3168 6.1.1.1), since something on the path may drop those that do.',
  ),
  tcp_dsack: switchKnob(1, 'at once', '1: duplicates are reported by D-SACK (RFC 2883).'),
};
