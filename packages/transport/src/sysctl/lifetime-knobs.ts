import { INT_MAX, numberKnob, switchKnob } from './knob.ts';

/** Knobs of keepalive and of the end of connections. */
export const LIFETIME_KNOBS = {
  tcp_keepalive_time: numberKnob(
    7200,
    [1, 32767],
    's',
    'at once',
    'Idle time before the first keepalive probe of a socket with SO_KEEPALIVE. TCP_KEEPIDLE sets it for a socket.',
  ),
  tcp_keepalive_intvl: numberKnob(
    75,
    [1, 32767],
    's',
    'at once',
    'Time between two keepalive probes (TCP_KEEPINTVL).',
  ),
  tcp_keepalive_probes: numberKnob(
    9,
    [1, 127],
    'probes',
    'at once',
    'Unanswered keepalive probes after which the connection is given up (TCP_KEEPCNT).',
  ),
  tcp_fin_timeout: numberKnob(
    60,
    [1, 3600],
    's',
    'at once',
    'Time in FIN-WAIT-2 of a connection that the application has closed; at least 3.5 retransmission timeouts.',
  ),
  tcp_max_orphans: numberKnob(
    32768,
    [0, INT_MAX],
    'connections',
    'at once',
    'Maximum of orphaned connections: closed by the application, with data or a FIN still to send. More are reset. Linux derives the default from the memory size.',
  ),
  tcp_tw_reuse: switchKnob(
    2,
    'at once',
    '1: an active open may replace a connection in TIME-WAIT with the same addresses and ports, if both use timestamps. 2: over loopback only. 0: never.',
    2,
  ),
  tcp_tw_reuse_delay: numberKnob(
    1000,
    [1, 60000],
    'ms',
    'at once',
    'Time in TIME-WAIT before tcp_tw_reuse applies.',
  ),
  tcp_max_tw_buckets: numberKnob(
    262144,
    [0, INT_MAX],
    'connections',
    'at once',
    'Maximum of connections in TIME-WAIT, or in FIN-WAIT-2 after the application has closed. More are closed at once. Linux derives the default from the memory size.',
  ),
  tcp_timewait_len: numberKnob(
    60000,
    [0, 3_600_000],
    'ms',
    'at once',
    'Time in TIME-WAIT: 2 MSL. In Linux it is fixed at this value.',
  ),
  tcp_quiet_time: numberKnob(
    0,
    [0, 3_600_000],
    'ms',
    'at once',
    'Time after the start in which no SYN is sent or answered, so that segments from before a restart have left the network (RFC 9293 3.4.3: one MSL, 120000). A connect waits until then. Linux keeps no quiet time.',
  ),
  tcp_rfc1337: switchKnob(0, 'at once', '1: a RST does not end TIME-WAIT (RFC 1337).'),
};
