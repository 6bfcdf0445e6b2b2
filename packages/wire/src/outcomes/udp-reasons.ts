/**
 * Why UDP does what it does. Each row: the counters that a drop for this reason adds one to, and
 * what it means.
 */
import type { ReasonTable } from './reason-row.ts';

export const UDP_DROP_REASONS = {
  PKT_TOO_SMALL: {
    counters: ['UdpInErrors'],
    means: 'It is shorter than its header, or than its header says.',
    see: 'RFC 768',
  },
  IP_INVALID_SOURCE: {
    counters: ['UdpInErrors'],
    means: 'No host can have this source address.',
    see: 'RFC 1122 4.1.3.6',
  },
  UDP_CSUM: {
    counters: ['UdpInCsumErrors', 'UdpInErrors'],
    means: 'The checksum of header and data is wrong.',
    see: 'RFC 1122 4.1.3.4',
  },
  NO_SOCKET: {
    counters: ['UdpNoPorts'],
    means: 'Nobody here has asked for it, or has this port.',
    see: 'RFC 1122 4.1.3.1',
  },
  SOCKET_RCVBUFF: {
    counters: ['UdpRcvbufErrors', 'UdpInErrors'],
    means: 'The receive buffer of the socket is full.',
  },
  PROTO_MEM: {
    counters: ['UdpMemErrors', 'UdpInErrors'],
    means: 'All sockets together queue too much (udp_mem).',
  },
  'strata/REFUSED': {
    counters: [],
    means: 'The application asked for what cannot be: it is told.',
  },
  'strata/ALREADY_DONE': { counters: [], means: 'What is asked for is done already.' },
  SOCKET_CLOSE: { counters: [], means: 'The socket was closed.' },
  'strata/ICMP_TOO_SHORT': {
    counters: [],
    means: 'The ICMP error quotes too little to tell whose it is.',
  },
  'strata/ICMP_TYPE_IGNORED': {
    counters: [],
    means: 'The ICMP type means nothing here.',
    see: 'RFC 1122 3.2.2',
  },
} as const satisfies ReasonTable;

/** What is no drop. */
export const UDP_OTHER_REASONS = {
  CONSUMED: { counters: [], means: 'It was taken, as it should be.' },
  'strata/SOCKET_QUEUED': { counters: [], means: 'It waits for credit of the application.' },
  'strata/PORT_UNREACHABLE': {
    counters: [],
    means: 'The sender is to be told that nobody has the port.',
    see: 'RFC 1122 4.1.3.1',
  },
} as const satisfies ReasonTable;

/** In transport, but neither in TCP nor in UDP. */
export const TRANSPORT_DROP_REASONS = {
  'strata/NOT_OWNER': {
    counters: ['StrataNotOwner'],
    means: 'Its flow or its socket is in a shard of another core.',
  },
  IP_NOPROTO: {
    counters: [],
    means: 'No protocol here has this number; the sender is told.',
    see: 'RFC 1122 3.2.2.1',
  },
} as const satisfies ReasonTable;
