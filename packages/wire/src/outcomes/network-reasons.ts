/**
 * Why network does what it does. Each row: the counters that a drop for this reason adds one to,
 * and what it means.
 */
import type { ReasonTable } from './reason-row.ts';

export const NETWORK_DROP_REASONS = {
  'strata/NO_INTERFACE': {
    counters: ['IpInDiscards'],
    means: 'It names an interface that is not there.',
  },
  UNHANDLED_PROTO: { counters: ['IpInDiscards'], means: 'Nobody here takes this type.' },
  PKT_TOO_SMALL: {
    counters: ['IpExtInTruncatedPkts'],
    means: 'It is shorter than its header, or than its header says.',
    see: 'RFC 1122 3.2.1',
  },
  IP_INHDR: {
    counters: ['IpInHdrErrors'],
    means: 'The IPv4 header is wrong.',
    see: 'RFC 1122 3.2.1.1',
  },
  IP_CSUM: {
    counters: ['IpExtInCsumErrors', 'IpInHdrErrors'],
    means: "The IPv4 header's checksum is wrong.",
    see: 'RFC 1122 3.2.1.2',
  },
  IP_INVALID_SOURCE: {
    counters: ['StrataInMartianSrc'],
    means: 'No host can have this source address.',
    see: 'RFC 1122 3.2.1.3',
  },
  IP_INVALID_DEST: {
    counters: ['StrataInMartianDst'],
    means: 'No packet from a link can have this destination.',
    see: 'RFC 1122 3.2.1.3',
  },
  IP_INADDRERRORS: {
    counters: ['IpInAddrErrors'],
    means: 'It is for another host, and this one does not forward.',
    see: 'RFC 1122 3.2.1.3',
  },
  'strata/NOT_A_MEMBER': {
    counters: ['IpInAddrErrors'],
    means: 'It is for a group that this host has not joined.',
    see: 'RFC 1112 7.2',
  },
  UNICAST_IN_L2_MULTICAST: {
    counters: ['IpInDiscards'],
    means: 'A packet to one host came in a frame to many.',
    see: 'RFC 1122 3.3.6',
  },
  'strata/SOURCE_ROUTE': {
    counters: ['StrataInSourceRoutes', 'IpInDiscards'],
    means: 'It has a source route.',
    see: 'RFC 7126 4.3',
  },
  'strata/IP_OPTION': {
    counters: ['IpInHdrErrors'],
    means: 'An option of the IPv4 header is wrong; the sender is told.',
    see: 'RFC 1122 3.2.1.8',
  },
  IP_NOPROTO: {
    counters: ['IpInUnknownProtos'],
    means: 'No protocol here has this number; the sender is told.',
    see: 'RFC 1122 3.2.2.1',
  },
  DUP_FRAG: { counters: [], means: 'The fragment has come before.', see: 'RFC 815' },
  'strata/FRAG_OVERLAP': {
    counters: ['IpExtReasmOverlaps', 'IpReasmFails'],
    means: 'A fragment overlaps another: the datagram is dropped.',
    see: 'RFC 5722 4',
  },
  'strata/FRAG_INVALID': {
    counters: ['IpReasmFails'],
    means: 'A fragment does not go with its length, its place or the other ones.',
    see: 'RFC 791 3.2',
  },
  'strata/REASM_OFF': {
    counters: ['IpReasmFails'],
    means: 'Reassembly has no memory (ipfrag_high_thresh 0).',
  },
  'strata/REASM_EVICTED': {
    counters: ['StrataReasmEvictions', 'IpReasmFails'],
    means: 'Fragments take more than ipfrag_high_thresh: the datagram that waits longest goes.',
  },
  FRAG_TOO_FAR: {
    counters: ['IpReasmFails'],
    means: 'Too many fragments of others came between those of the datagram (ipfrag_max_dist).',
  },
  FRAG_REASM_TIMEOUT: {
    counters: ['IpReasmTimeout', 'IpReasmFails'],
    means: 'The datagram waited too long for the rest.',
    see: 'RFC 1122 3.3.2',
  },
  HDR_TRUNC: {
    counters: ['IcmpInErrors'],
    means: 'The ICMP message, or what it quotes, is too short or malformed.',
    see: 'RFC 792',
  },
  ICMP_CSUM: {
    counters: ['IcmpInCsumErrors', 'IcmpInErrors'],
    means: "The ICMP message's checksum is wrong.",
    see: 'RFC 792',
  },
  INVALID_PROTO: {
    counters: ['IcmpInErrors'],
    means: 'An ICMP message that is no question came to many.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ECHO_IGNORED': {
    counters: [],
    means: 'Echo requests are not answered (icmp_echo_ignore_all, …_broadcasts).',
  },
  NO_SOCKET: { counters: [], means: 'Nobody here has asked for it, or has this port.' },
  'strata/ICMP_TYPE_IGNORED': {
    counters: [],
    means: 'The ICMP type means nothing here.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ICMP_NOT_OURS': {
    counters: ['IcmpInErrors'],
    means: 'The ICMP error quotes nothing that this host sent.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/UNREACHABLE_NOT_OURS': {
    counters: [],
    means: 'What link could not send was not the start of a packet of ours.',
  },
  'strata/PATH_MTU_IMPLAUSIBLE': {
    counters: ['IcmpInErrors'],
    means: 'The reported path MTU cannot be right.',
    see: 'RFC 1191 5',
  },
  'strata/PATH_MTU_IGNORED': {
    counters: [],
    means: 'The path MTU stays as it is.',
    see: 'RFC 1191 3',
  },
  'strata/REDIRECT_IGNORED': {
    counters: ['StrataInRedirectsIgnored'],
    means: 'The redirect is not from the gateway in use, or names no neighbour.',
    see: 'RFC 1122 3.2.2.2',
  },
  'strata/ECHO_EVENTS_FULL': {
    counters: ['StrataEchoEventsDropped'],
    means: 'Nobody took earlier answers to echo requests.',
  },
  'strata/ICMP_ERROR_FORBIDDEN': {
    counters: [],
    means: 'No ICMP error may be sent about such a packet.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ICMP_RATE_LIMIT_GLOBAL': {
    counters: ['IcmpOutRateLimitGlobal'],
    means: 'Too many ICMP errors are sent in all (icmp_msgs_per_sec).',
    see: 'RFC 1812 4.3.2.8',
  },
  'strata/ICMP_RATE_LIMIT_HOST': {
    counters: ['IcmpOutRateLimitHost'],
    means: 'Too many ICMP errors are sent to this host (icmp_ratelimit).',
    see: 'RFC 1812 4.3.2.8',
  },
  'strata/ICMP_ERROR_UNSENDABLE': {
    counters: ['IcmpOutErrors'],
    means: 'The ICMP error itself could not be sent.',
  },
  'strata/NOT_OWN_SOURCE': {
    counters: ['IpOutDiscards'],
    means: 'The source is no address of this host, or must not leave it.',
    see: 'RFC 1122 3.2.1.3',
  },
  'strata/NO_SOURCE': {
    counters: ['IpOutDiscards'],
    means: 'There is no address to send from.',
    see: 'RFC 1122 3.2.1.3',
  },
  'strata/TOO_LONG': {
    counters: ['IpOutDiscards'],
    means: 'It is longer than 65,535 octets with its header.',
    see: 'RFC 791 3.1',
  },
  PKT_TOO_BIG: {
    counters: ['IpFragFails'],
    means: 'It is larger than the MTU.',
    see: 'RFC 1191 3',
  },
  IP_OUTNOROUTES: {
    counters: ['IpOutNoRoutes'],
    means: 'No route leads there.',
    see: 'RFC 1122 3.3.1',
  },
  'strata/ROUTE_UNREACHABLE': {
    counters: ['IpOutDiscards'],
    means: 'The route says: unreachable.',
  },
  'strata/ROUTE_PROHIBITED': { counters: ['IpOutDiscards'], means: 'The route says: prohibit.' },
  'strata/ROUTE_BLACKHOLE': { counters: ['IpOutDiscards'], means: 'The route says: blackhole.' },
} as const satisfies ReasonTable;

/** What is no drop. */
export const NETWORK_OTHER_REASONS = {
  CONSUMED: { counters: [], means: 'It was taken, as it should be.' },
  'strata/FRAG_QUEUED': { counters: [], means: 'The fragment waits for the rest.', see: 'RFC 815' },
  'strata/ICMP_ERROR': {
    counters: [],
    means: 'An ICMP error went to whoever sent what it quotes.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ECHO_REPLY': {
    counters: [],
    means: 'An answer to an echo request of ours.',
    see: 'RFC 1122 3.2.2.6',
  },
  'strata/ECHO_REQUEST': {
    counters: [],
    means: 'An echo request, which is answered.',
    see: 'RFC 1122 3.2.2.6',
  },
  'strata/REDIRECT_FOLLOWED': {
    counters: [],
    means: 'A redirect that is followed.',
    see: 'RFC 1122 3.2.2.2',
  },
  'strata/PATH_MTU_LEARNT': {
    counters: [],
    means: 'A path MTU that is believed.',
    see: 'RFC 1191 3',
  },
  'strata/ICMP_ERROR_SENT': {
    counters: [],
    means: 'An ICMP error about what came.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/SENT': { counters: [], means: 'It was asked for, and is sent.' },
  'strata/FRAGMENTED': { counters: [], means: 'It is sent in fragments.', see: 'RFC 791 3.2' },
  'strata/LOOPED_BACK': {
    counters: [],
    means: 'It goes to the host itself.',
    see: 'RFC 1122 3.3.5',
  },
  'strata/REASM_TIMER': { counters: [], means: 'The timer of reassembly.', see: 'RFC 1122 3.3.2' },
} as const satisfies ReasonTable;
