/**
 * The events that change the state of a connection (RFC 9293 3.3.2, figure 5) or of its loss
 * recovery.
 */
import type { ReasonTable } from './reason-row.ts';

export const CONNECTION_EVENTS = {
  'strata/OPEN': {
    counters: [],
    means: 'The application opens a connection.',
    see: 'RFC 9293 3.10.1',
  },
  'strata/CLOSE': { counters: [], means: 'The application closes.', see: 'RFC 9293 3.10.4' },
  'strata/ABORT': {
    counters: [],
    means: 'The application aborts, or the stack ends the connection.',
    see: 'RFC 9293 3.10.5',
  },
  'strata/RECEIVED_SYN': { counters: [], means: 'SYN came.', see: 'RFC 9293 3.10.7' },
  'strata/RECEIVED_SYN_ACK': { counters: [], means: 'SYN,ACK came.', see: 'RFC 9293 3.10.7.3' },
  'strata/RECEIVED_ACK_OF_SYN': {
    counters: [],
    means: 'Our SYN is acknowledged.',
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/RECEIVED_FIN': { counters: [], means: 'FIN came.', see: 'RFC 9293 3.10.7.4' },
  'strata/RECEIVED_ACK_OF_FIN': {
    counters: [],
    means: 'Our FIN is acknowledged.',
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/RECEIVED_RST': {
    counters: [],
    means: 'RST came and is accepted.',
    see: 'RFC 9293 3.10.7',
  },
  'strata/GIVEN_UP': {
    counters: [],
    means: 'The peer did not answer for too long.',
    see: 'RFC 9293 3.8.3',
  },
  'strata/UNREACHABLE': {
    counters: [],
    means: 'An ICMP error came while the connection was opened.',
    see: 'RFC 9293 3.9.2.2',
  },
  'strata/TIME_WAIT_OVER': {
    counters: [],
    means: '2 MSL or tcp_fin_timeout is over.',
    see: 'RFC 9293 3.10.8',
  },
  'strata/REPLACED': {
    counters: [],
    means: 'A new connection takes the addresses of one in TIME-WAIT.',
    see: 'RFC 9293 3.6.1, MAY-2',
  },
  'strata/LISTENER_CLOSED': {
    counters: [],
    means: 'The listener was closed before the connection was accepted.',
  },
  'strata/SOCKET_DONE': {
    counters: [],
    means:
      'The application has all data, so the socket is removed. A record stays for what is left to do on the wire.',
  },
} as const satisfies ReasonTable;

export const RECOVERY_EVENTS = {
  'strata/CA_DOUBT': {
    counters: [],
    means: 'Something was SACKed or sent again; nothing is deemed lost.',
    see: 'RFC 6675 5',
  },
  'strata/CA_SETTLED': { counters: [], means: 'Nothing is SACKed, lost or sent again any more.' },
  'strata/CA_LOSS_FOUND': {
    counters: [],
    means: 'Something is deemed lost: fast recovery begins.',
    see: 'RFC 6675 5, step 4',
  },
  'strata/CA_PROBE_REPAIRED': {
    counters: [],
    means: 'A tail loss probe repaired a loss.',
    see: 'RFC 8985 7.4.2',
  },
  'strata/CA_ECN_ECHO': {
    counters: [],
    means: 'The peer echoes a congestion mark.',
    see: 'RFC 3168 6.1.2',
  },
  'strata/CA_TIMEOUT': {
    counters: [],
    means: 'The retransmission timer expired.',
    see: 'RFC 5681 3.1',
  },
  'strata/CA_RESEND': {
    counters: [],
    means:
      'Data in flight was lost for a known reason: the window was zero, or a segment was too large.',
    see: 'RFC 1191 6.4',
  },
  'strata/CA_REPAIRED': {
    counters: [],
    means: 'All data that was in flight when recovery began is acknowledged.',
  },
  'strata/CA_SPURIOUS': {
    counters: [],
    means: 'Recovery was spurious: the data deemed lost had arrived.',
    see: 'RFC 4015 3.2, RFC 5682 2.1',
  },
} as const satisfies ReasonTable;
