/**
 * Why TCP drops something or sends RST. Each row: the counters that the drop or RST increments, and
 * the meaning.
 */
import type { ReasonTable } from './reason-row.ts';

/** Segments, ICMP errors and requests that TCP drops. */
export const TCP_DROP_REASONS = {
  PKT_TOO_SMALL: {
    counters: ['TcpInErrs'],
    means: 'It is shorter than its header, or than its header says.',
    see: 'RFC 9293 3.1',
  },
  TCP_CSUM: {
    counters: ['TcpInErrs', 'TcpInCsumErrors'],
    means: 'The checksum of header and data is wrong.',
    see: 'RFC 9293 3.1',
  },
  'strata/TCP_NOT_UNICAST': {
    counters: [],
    means: 'It came to a broadcast or multicast address; TCP is unicast only.',
    see: 'RFC 9293 3.9.2.3, MUST-57',
  },
  NO_SOCKET: { counters: [], means: 'Nobody here asked for it, or no socket has this port.' },
  TCP_RESET: {
    counters: [],
    means: 'It is an RST. A dropped RST was not accepted.',
    see: 'RFC 5961 3.2',
  },
  TCP_FLAGS: {
    counters: [],
    means: 'These control bits are not valid in this state.',
    see: 'RFC 9293 3.10.7',
  },
  'strata/QUIET_TIME': {
    counters: ['StrataQuietDrops'],
    means: 'The stack has just started and does not answer SYN yet (tcp_quiet_time).',
    see: 'RFC 9293 3.4.3',
  },
  TCP_LISTEN_OVERFLOW: {
    counters: ['ListenOverflows', 'ListenDrops'],
    means: 'The accept queue is full.',
  },
  'strata/TCP_REQ_QUEUE_FULL': {
    counters: ['TCPReqQFullDrop', 'ListenDrops'],
    means: 'The SYN queue is full, and cookies are off.',
  },
  'strata/TCP_UNPROVEN_PEER': {
    counters: ['ListenDrops'],
    means:
      'The last quarter of the SYN queue is kept for peers that have opened a connection before.',
  },
  'strata/TCP_LISTENER_GONE': { counters: [], means: 'The listener was closed.' },
  TCP_INVALID_ACK_SEQUENCE: {
    counters: [],
    means: 'It does not acknowledge our SYN.',
    see: 'RFC 9293 3.10.7.3',
  },
  TCP_RFC7323_PAWS: {
    counters: ['PAWSEstab'],
    means: 'Its timestamp is older than one that came before.',
    see: 'RFC 7323 5.3',
  },
  TCP_RFC7323_TW_PAWS: {
    counters: ['PAWSEstab'],
    means: 'Its timestamp is older than the last of the connection, which is in TIME-WAIT.',
    see: 'RFC 7323 5.3',
  },
  TCP_RFC7323_TSECR: {
    counters: ['TSEcrRejected'],
    means: 'It echoes a timestamp that was never sent.',
    see: 'RFC 7323 3.2',
  },
  TCP_OLD_SEQUENCE: {
    counters: [],
    means: 'All of it lies before the window.',
    see: 'RFC 9293 3.10.7.4',
  },
  TCP_INVALID_SEQUENCE: {
    counters: [],
    means: 'It lies beyond the window.',
    see: 'RFC 9293 3.10.7.4',
  },
  TCP_INVALID_SYN: {
    counters: ['TCPSYNChallenge'],
    means: 'It is a SYN for a connection that already exists.',
    see: 'RFC 5961 4.2',
  },
  TCP_ACK_UNSENT_DATA: {
    counters: [],
    means: 'It acknowledges data that was not sent.',
    see: 'RFC 9293 3.10.7.4',
  },
  TCP_TOO_OLD_ACK: {
    counters: [],
    means: 'It acknowledges only data that was acknowledged long ago.',
    see: 'RFC 5961 5.2',
  },
  TCP_ZEROWINDOW: {
    counters: ['TCPZeroWindowDrop'],
    means: 'The window is zero: its data is dropped, its acknowledgment is processed.',
    see: 'RFC 9293 3.8.6.1',
  },
  TCP_ABORT_ON_DATA: {
    counters: ['TCPAbortOnData'],
    means: 'Data came that nobody will read.',
    see: 'RFC 1122 4.2.2.13',
  },
  TCP_OLD_DATA: {
    counters: [],
    means: 'All of its data was received before.',
    see: 'RFC 9293 3.10.7.4',
  },
  TCP_OVERWINDOW: {
    counters: [],
    means: 'Its data lies beyond the window.',
    see: 'RFC 9293 3.10.7.4',
  },
  TCP_OFOMERGE: {
    counters: [],
    means: 'Its data is already in the out-of-order queue.',
    see: 'RFC 2883 4',
  },
  TCP_OFO_DROP: {
    counters: ['TCPOFODrop'],
    means: 'The out-of-order queue already has too many gaps.',
  },
  'strata/TCP_BEHIND_FIN': {
    counters: [],
    means: 'It has data or FIN behind the FIN that the peer sent.',
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/TCP_TIME_WAIT': {
    counters: [],
    means: 'The connection is in TIME-WAIT: the last acknowledgment is sent again.',
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/TCP_SYN_KNOWN': {
    counters: [],
    means: "The peer's SYN came again.",
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/ICMP_OUT_OF_WINDOW': {
    counters: ['OutOfWindowIcmps'],
    means: 'The ICMP error quotes a segment that is not in flight.',
    see: 'RFC 5927 4.1',
  },
  'strata/ICMP_TYPE_IGNORED': {
    counters: [],
    means: 'This ICMP type is ignored here.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ICMP_TOO_SHORT': {
    counters: [],
    means: 'The ICMP error quotes too few octets to find its socket.',
  },
  'strata/PATH_MTU_IGNORED': {
    counters: [],
    means: 'The path MTU stays as it is.',
    see: 'RFC 1191 3',
  },
  TCP_CLOSE: { counters: [], means: 'The socket is closed, or closing.' },
  'strata/SYN_COOKIE_INVALID': {
    counters: ['SyncookiesFailed'],
    means: 'It returns no SYN cookie of ours, or one that is too old.',
    see: 'RFC 4987 3.6',
  },
  'strata/REFUSED': {
    counters: [],
    means: 'The request of the application is invalid; the application is told.',
  },
  'strata/ALREADY_DONE': { counters: [], means: 'The request is already done.' },
} as const satisfies ReasonTable;

/** Drops in SYN-SENT: the same checks have other counters there. */
export const TCP_SYN_SENT_REASONS = {
  TCP_RFC7323_PAWS: {
    counters: [],
    means: 'Its timestamp is older than one that came before.',
    see: 'RFC 7323 5.3',
  },
  TCP_RFC7323_TSECR: {
    counters: ['PAWSActive'],
    means: 'It echoes a timestamp that was never sent.',
    see: 'RFC 7323 3.2',
  },
} as const satisfies ReasonTable;

/**
 * Acknowledgments that are not sent because too many were sent before: tcp_invalid_ratelimit and
 * tcp_challenge_ack_limit (RFC 5961 7).
 */
export const TCP_WITHHELD_REASONS = {
  'strata/ACK_SKIPPED_SYN_RECEIVED': {
    counters: ['TCPACKSkippedSynRecv'],
    means: 'The last answer in SYN-RECEIVED is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/ACK_SKIPPED_PAWS': {
    counters: ['TCPACKSkippedPAWS'],
    means: 'The last ACK for an old timestamp is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/ACK_SKIPPED_SEQUENCE': {
    counters: ['TCPACKSkippedSeq'],
    means: 'The last ACK for a segment outside the window is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/ACK_SKIPPED_FIN_WAIT_2': {
    counters: ['TCPACKSkippedFinWait2'],
    means: 'The last such ACK in FIN-WAIT-2 is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/ACK_SKIPPED_TIME_WAIT': {
    counters: ['TCPACKSkippedTimeWait'],
    means: 'The last such ACK in TIME-WAIT is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/ACK_SKIPPED_CHALLENGE': {
    counters: ['TCPACKSkippedChallenge'],
    means: 'The last challenge ACK is too recent to send another.',
    see: 'RFC 5961 7',
  },
  'strata/CHALLENGE_LIMIT': {
    counters: [],
    means: 'The stack has already sent all challenge ACKs that are allowed in this second.',
    see: 'RFC 5961 7',
  },
} as const satisfies ReasonTable;

/** Why RST is sent (Linux's sk_rst_reason). The counter counts all RSTs. */
export const TCP_RESET_REASONS = {
  NO_SOCKET: {
    counters: ['TcpOutRsts'],
    means: 'Nobody here asked for it, or no socket has this port.',
    see: 'RFC 9293 3.10.7.1',
  },
  TCP_FLAGS: {
    counters: ['TcpOutRsts'],
    means: 'These control bits are not valid in this state.',
    see: 'RFC 9293 3.10.7',
  },
  TCP_INVALID_ACK_SEQUENCE: {
    counters: ['TcpOutRsts'],
    means: 'It does not acknowledge our SYN.',
    see: 'RFC 9293 3.10.7.3',
  },
  TCP_RFC7323_TSECR: {
    counters: ['TcpOutRsts'],
    means: 'It echoes a timestamp that was never sent.',
    see: 'RFC 7323 3.2',
  },
  TCP_ABORT_ON_DATA: {
    counters: ['TcpOutRsts'],
    means: 'Data came that nobody will read.',
    see: 'RFC 1122 4.2.2.13',
  },
  TCP_LISTEN_OVERFLOW: { counters: ['TcpOutRsts'], means: 'The accept queue is full.' },
  TCP_ABORT_ON_CLOSE: {
    counters: ['TcpOutRsts'],
    means: 'The application closed with data unread.',
    see: 'RFC 1122 4.2.2.13',
  },
  TCP_ABORT_ON_MEMORY: {
    counters: ['TcpOutRsts'],
    means: 'There are more connections without an application than tcp_max_orphans.',
  },
  TCP_KEEPALIVE_TIMEOUT: {
    counters: ['TcpOutRsts'],
    means: 'The peer does not answer keepalives.',
    see: 'RFC 9293 3.8.4',
  },
  TCP_STATE: {
    counters: ['TcpOutRsts'],
    means: 'The application aborted, or the stack stops.',
    see: 'RFC 9293 3.10.5',
  },
  'strata/INVALID_REQUEST': {
    counters: ['TcpOutRsts'],
    means: 'The request of the application is invalid.',
  },
  'strata/LISTENER_CLOSED': {
    counters: ['TcpOutRsts'],
    means: 'The listener was closed before the connection was accepted.',
  },
} as const satisfies ReasonTable;
