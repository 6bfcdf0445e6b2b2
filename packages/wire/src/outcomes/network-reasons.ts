/**
 * The reasons for what network does. Each row: the counters that a drop for this reason increments,
 * and the meaning.
 */
import type { ReasonTable } from './reason-row.ts';

export const NETWORK_DROP_REASONS = {
  'strata/NO_INTERFACE': {
    counters: ['IpInDiscards'],
    means: 'It names an interface that does not exist.',
  },
  UNHANDLED_PROTO: { counters: ['IpInDiscards'], means: 'Nothing here handles this type.' },
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
  IP_LOCAL_SOURCE: {
    counters: ['StrataInMartianSrc'],
    means: 'Its source is an address of this host, but it came from a link (accept_local).',
    see: 'RFC 1812 5.3.7',
  },
  IP_RPFILTER: {
    counters: ['TcpExtIPReversePathFilter'],
    means: 'The route to its source goes out elsewhere, or there is none (rp_filter).',
    see: 'RFC 3704 2.2',
  },
  'strata/STRICT_SOURCE_ROUTE': {
    counters: ['IpInHdrErrors'],
    means: 'Its strict source route does not lead from here to there; the sender is told.',
    see: 'RFC 1812 5.2.7.1',
  },
  IP_INADDRERRORS: {
    counters: ['IpInAddrErrors'],
    means: 'It is for another host, and this one does not forward.',
    see: 'RFC 1122 3.2.1.3',
  },
  'strata/TTL_EXCEEDED': {
    counters: ['IpInHdrErrors'],
    means: 'Its time to live ends at this router; the sender is told. Linux says IP_INHDR.',
    see: 'RFC 1812 5.3.1',
  },
  'strata/LINK_BROADCAST': {
    counters: ['IpInDiscards'],
    means: 'It is for another host, but came in a broadcast or multicast frame.',
    see: 'RFC 1812 5.3.4',
  },
  IP_INNOROUTES: {
    counters: ['IpExtInNoRoutes'],
    means: 'It is to be forwarded, but there is no route to its destination; the sender is told.',
    see: 'RFC 1812 5.2.7.1',
  },
  'strata/NOT_A_MEMBER': {
    counters: ['IpInAddrErrors'],
    means: 'It is for a group that this host has not joined.',
    see: 'RFC 1112 7.2',
  },
  'strata/NAT_FULL': {
    counters: ['StrataNatDrops', 'IpOutDiscards'],
    means: 'Its flow cannot be translated: there are too many, or no port is free.',
    see: 'RFC 3022 2.2',
  },
  'strata/IGMP_CSUM': {
    counters: ['StrataIgmpInCsumErrors'],
    means: "The IGMP message's checksum is wrong.",
    see: 'RFC 3376 4.1.2',
  },
  'strata/IGMP_TYPE_IGNORED': {
    counters: [],
    means: 'The IGMP message is for routers, or says nothing to this host.',
    see: 'RFC 3376 5',
  },
  'strata/TOO_MANY_GROUPS': {
    counters: ['IpInDiscards'],
    means: 'The interface listens to as many groups as it can.',
  },
  UNICAST_IN_L2_MULTICAST: {
    counters: ['IpInDiscards'],
    means: 'A unicast packet came in a broadcast or multicast frame.',
    see: 'RFC 1122 3.3.6',
  },
  'strata/SOURCE_ROUTE': {
    counters: ['StrataInSourceRoutes', 'IpInDiscards'],
    means: 'It has a source route that is not obeyed here (accept_source_route).',
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
  DUP_FRAG: { counters: [], means: 'The fragment was received before.', see: 'RFC 815' },
  'strata/FRAG_OVERLAP': {
    counters: ['IpExtReasmOverlaps', 'IpReasmFails'],
    means: 'A fragment overlaps another: the datagram is dropped.',
    see: 'RFC 5722 4',
  },
  'strata/FRAG_INVALID': {
    counters: ['IpReasmFails'],
    means: 'The length or offset of a fragment is invalid, or contradicts the other fragments.',
    see: 'RFC 791 3.2',
  },
  'strata/REASM_OFF': {
    counters: ['IpReasmFails'],
    means: 'Reassembly has no memory (ipfrag_high_thresh 0).',
  },
  'strata/REASM_EVICTED': {
    counters: ['StrataReasmEvictions', 'IpReasmFails'],
    means:
      'Fragments take more than ipfrag_high_thresh: the datagram that has waited longest is dropped.',
  },
  FRAG_TOO_FAR: {
    counters: ['IpReasmFails'],
    means: 'Too many fragments of other datagrams came between its fragments (ipfrag_max_dist).',
  },
  FRAG_REASM_TIMEOUT: {
    counters: ['IpReasmTimeout', 'IpReasmFails'],
    means: 'The rest of the datagram did not come in time.',
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
    means: 'An ICMP message other than a request came to a broadcast or multicast address.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ECHO_IGNORED': {
    counters: [],
    means: 'Echo requests are not answered (icmp_echo_ignore_all, …_broadcasts).',
  },
  NO_SOCKET: { counters: [], means: 'Nobody here asked for it, or no socket has this port.' },
  'strata/ICMP_TYPE_IGNORED': {
    counters: [],
    means: 'This ICMP type is ignored here.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ICMP_NOT_OURS': {
    counters: ['IcmpInErrors'],
    means: 'The ICMP error quotes nothing that this host sent.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/UNREACHABLE_NOT_OURS': {
    counters: [],
    means: 'The packet that link could not send is not ours, or not the first fragment.',
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
    counters: ['StrataProbeEventsDropped'],
    means: 'Too many earlier answers to probes have not been polled.',
  },
  'strata/PROBE_REFUSED': {
    counters: [],
    means: 'The probe is for a broadcast address, or too many probes are in flight.',
  },
  'strata/ICMP_ERROR_FORBIDDEN': {
    counters: [],
    means: 'No ICMP error may be sent about such a packet.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ICMP_RATE_LIMIT_GLOBAL': {
    counters: ['IcmpOutRateLimitGlobal'],
    means: 'The host sends too many ICMP errors in total (icmp_msgs_per_sec).',
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
    means: 'The source is not an address of this host, or must not leave the host.',
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
  SKB_GSO_SEG: {
    counters: ['IpOutDiscards'],
    means: 'The super-segment cannot be cut up.',
  },
  IP_OUTNOROUTES: {
    counters: ['IpOutNoRoutes'],
    means: 'There is no route to the destination.',
    see: 'RFC 1122 3.3.1',
  },
  'strata/ROUTE_UNREACHABLE': {
    counters: ['IpOutDiscards'],
    means: 'The route has the type unreachable.',
  },
  'strata/ROUTE_PROHIBITED': {
    counters: ['IpOutDiscards'],
    means: 'The route has the type prohibit.',
  },
  'strata/ROUTE_BLACKHOLE': {
    counters: ['IpOutDiscards'],
    means: 'The route has the type blackhole.',
  },
} as const satisfies ReasonTable;

/** Reasons that are not drops. */
export const NETWORK_OTHER_REASONS = {
  CONSUMED: { counters: [], means: 'It was accepted.' },
  'strata/FRAG_QUEUED': {
    counters: [],
    means: 'The fragment waits for the rest of its datagram.',
    see: 'RFC 815',
  },
  'strata/ICMP_ERROR': {
    counters: [],
    means: 'An ICMP error was handed to the sender of the packet that it quotes.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/ECHO_REPLY': {
    counters: [],
    means: 'A reply to one of our echo requests.',
    see: 'RFC 1122 3.2.2.6',
  },
  'strata/ECHO_REQUEST': {
    counters: [],
    means: 'An echo request; it is answered.',
    see: 'RFC 1122 3.2.2.6',
  },
  'strata/PROBE_ANSWER': {
    counters: [],
    means: 'An answer to one of our probes other than an echo reply.',
  },
  'strata/TIMESTAMP_REQUEST': {
    counters: [],
    means: 'An ICMP timestamp request; it is answered.',
    see: 'RFC 1122 3.2.2.8',
  },
  'strata/REDIRECT_FOLLOWED': {
    counters: [],
    means: 'A redirect that is followed.',
    see: 'RFC 1122 3.2.2.2',
  },
  'strata/PATH_MTU_LEARNT': {
    counters: [],
    means: 'A path MTU that is accepted.',
    see: 'RFC 1191 3',
  },
  'strata/ICMP_ERROR_SENT': {
    counters: [],
    means: 'An ICMP error about the received packet.',
    see: 'RFC 1122 3.2.2',
  },
  'strata/FORWARDED': {
    counters: [],
    means: 'It is for another host, and is forwarded.',
    see: 'RFC 1812 5.2.1',
  },
  'strata/FORWARD_UNREACHABLE': {
    counters: [],
    means: 'Link could not send a forwarded packet: no station answers ARP. The sender is told.',
    see: 'RFC 1812 5.2.7.1',
  },
  'strata/SENT': { counters: [], means: 'It was requested and is sent.' },
  'strata/FRAGMENTED': { counters: [], means: 'It is sent in fragments.', see: 'RFC 791 3.2' },
  'strata/LOOPED_BACK': {
    counters: [],
    means: 'It goes to the host itself.',
    see: 'RFC 1122 3.3.5',
  },
  'strata/GROUP_FILTER_SET': {
    counters: [],
    means: 'A socket has joined a group, left it, or changed which sources it wants.',
    see: 'RFC 3376 2',
  },
  'strata/IGMP_QUERY': {
    counters: [],
    means: 'A router asks which groups have members; the answer waits a random time.',
    see: 'RFC 3376 5.2',
  },
  'strata/IGMP_REPORT': {
    counters: [],
    means: 'Another host has reported the group, so this one need not.',
    see: 'RFC 2236 3',
  },
  'strata/REASM_TIMER': { counters: [], means: 'The reassembly timer.', see: 'RFC 1122 3.3.2' },
} as const satisfies ReasonTable;
