import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of the handshake and of listening sockets. */
export const HANDSHAKE_KNOBS = {
  tcp_syn_retries: numberKnob(
    6,
    [0, 127],
    'retransmissions',
    'at once',
    'SYN retransmissions (besides tcp_syn_linear_timeouts) before a connect fails: 6 is 127 s. TCP_SYNCNT sets it for a socket.',
  ),
  tcp_syn_linear_timeouts: numberKnob(
    0,
    [0, 127],
    'retransmissions',
    'at once',
    'Additional SYN retransmissions without backoff, before those that double the timeout. Linux has 4 since 6.5; here it is 0, because RFC 9293 (MUST-19) asks for exponential backoff of SYNs too.',
  ),
  tcp_synack_retries: numberKnob(
    5,
    [0, 255],
    'retransmissions',
    'at once',
    'SYN,ACK retransmissions: 5 is 63 s.',
  ),
  tcp_max_syn_backlog: numberKnob(
    1024,
    [1, INT_MAX],
    'connections',
    'at once',
    'Maximum of connections in SYN-RECEIVED per listener; the backlog limits them too. Without SYN cookies the last quarter is reserved for peers that connected before. Linux derives the default from the memory size.',
  ),
  tcp_syncookies: switchKnob(
    1,
    'at once',
    '1: a SYN that finds the SYN queue full is answered by a SYN cookie. 2: every SYN is. 0: no SYN cookies, the SYN is dropped.',
    2,
  ),
  somaxconn: numberKnob(
    4096,
    [1, INT_MAX],
    'connections',
    'new sockets',
    'Maximum of connections that wait for accept, per listener.',
    'net.core.',
  ),
  tcp_abort_on_overflow: switchKnob(
    0,
    'at once',
    '1: if the accept queue is full, the last ACK of a handshake is answered by a RST. 0: it is dropped, and the peer tries again.',
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
    'Explicit congestion notification (RFC 3168). 0: off. 1: our SYN asks for it, and we accept it. 2: we accept it if the peer asks.',
    2,
  ),
  tcp_ecn_fallback: switchKnob(
    1,
    'at once',
    '1: a retransmitted SYN does not ask for ECN (RFC 3168 6.1.1.1), since a device on the path may drop ECN-setup SYNs.',
  ),
  tcp_dsack: switchKnob(1, 'at once', '1: duplicates are reported by D-SACK (RFC 2883).'),
};
