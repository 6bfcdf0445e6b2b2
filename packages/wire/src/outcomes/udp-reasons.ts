/**
 * The reasons for what UDP does. Each row: the counters that a drop for this reason increments, and
 * the meaning.
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
    means: 'Nobody here asked for it, or no socket has this port.',
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
    means: 'The request of the application is invalid; the application is told.',
  },
  'strata/ALREADY_DONE': { counters: [], means: 'The request is already done.' },
  SOCKET_CLOSE: { counters: [], means: 'The socket was closed.' },
  'strata/ICMP_TOO_SHORT': {
    counters: [],
    means: 'The ICMP error quotes too few octets to find its socket.',
  },
  'strata/ICMP_TYPE_IGNORED': {
    counters: [],
    means: 'This ICMP type is ignored here.',
    see: 'RFC 1122 3.2.2',
  },
} as const satisfies ReasonTable;

/** Reasons that are not drops. */
export const UDP_OTHER_REASONS = {
  CONSUMED: { counters: [], means: 'It was accepted.' },
  'strata/SOCKET_QUEUED': { counters: [], means: 'It waits for credit from the application.' },
  'strata/PORT_UNREACHABLE': {
    counters: [],
    means: 'The sender is told that no socket has the port.',
    see: 'RFC 1122 4.1.3.1',
  },
} as const satisfies ReasonTable;

/** Drops in transport that belong to neither TCP nor UDP. */
export const TRANSPORT_DROP_REASONS = {
  'strata/NOT_OWNER': {
    counters: ['StrataNotOwner'],
    means: 'Its flow or its socket belongs to a shard of another core.',
  },
  IP_NOPROTO: {
    counters: [],
    means: 'No protocol here has this number; the sender is told.',
    see: 'RFC 1122 3.2.2.1',
  },
} as const satisfies ReasonTable;
