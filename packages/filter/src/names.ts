/** A named port and the protocols that it is registered for. `port http` matches TCP only. */
export interface NamedPort {
  readonly port: number;
  readonly protocols: readonly ('tcp' | 'udp')[];
}

const TCP = ['tcp'] as const;
const UDP = ['udp'] as const;
const BOTH = ['tcp', 'udp'] as const;

/** Port names, from Debian's /etc/services. */
export const PORTS: ReadonlyMap<string, NamedPort> = new Map<string, NamedPort>([
  ['echo', { port: 7, protocols: BOTH }],
  ['discard', { port: 9, protocols: BOTH }],
  ['daytime', { port: 13, protocols: BOTH }],
  ['chargen', { port: 19, protocols: BOTH }],
  ['ftp-data', { port: 20, protocols: TCP }],
  ['ftp', { port: 21, protocols: TCP }],
  ['ssh', { port: 22, protocols: TCP }],
  ['telnet', { port: 23, protocols: TCP }],
  ['smtp', { port: 25, protocols: TCP }],
  ['time', { port: 37, protocols: BOTH }],
  ['domain', { port: 53, protocols: BOTH }],
  ['bootps', { port: 67, protocols: UDP }],
  ['bootpc', { port: 68, protocols: UDP }],
  ['tftp', { port: 69, protocols: UDP }],
  ['http', { port: 80, protocols: TCP }],
  ['pop3', { port: 110, protocols: TCP }],
  ['ntp', { port: 123, protocols: UDP }],
  ['imap2', { port: 143, protocols: TCP }],
  ['snmp', { port: 161, protocols: BOTH }],
  ['bgp', { port: 179, protocols: TCP }],
  ['https', { port: 443, protocols: BOTH }],
  ['syslog', { port: 514, protocols: UDP }],
  ['http-alt', { port: 8080, protocols: BOTH }],
]);

/** IP protocol numbers that a filter may name (IANA). */
export const IP_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['icmp6', 58],
  ['pim', 103],
  ['vrrp', 112],
  ['sctp', 132],
]);

/** EtherTypes that a filter may name (IEEE). */
export const ETHERTYPES: ReadonlyMap<string, number> = new Map([
  ['ip', 0x0800],
  ['arp', 0x0806],
  ['rarp', 0x8035],
  ['ip6', 0x86dd],
]);

/** Named numbers: offsets and values of header octets, as in `tcp[tcpflags] & tcp-syn`. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['icmptype', 0],
  ['icmpcode', 1],
  ['icmp-echoreply', 0],
  ['icmp-unreach', 3],
  ['icmp-sourcequench', 4],
  ['icmp-redirect', 5],
  ['icmp-echo', 8],
  ['icmp-routeradvert', 9],
  ['icmp-routersolicit', 10],
  ['icmp-timxceed', 11],
  ['icmp-paramprob', 12],
  ['icmp-tstamp', 13],
  ['icmp-tstampreply', 14],
  ['icmp-ireq', 15],
  ['icmp-ireqreply', 16],
  ['icmp-maskreq', 17],
  ['icmp-maskreply', 18],
  ['tcpflags', 13],
  ['tcp-fin', 0x01],
  ['tcp-syn', 0x02],
  ['tcp-rst', 0x04],
  ['tcp-push', 0x08],
  ['tcp-ack', 0x10],
  ['tcp-urg', 0x20],
  ['tcp-ece', 0x40],
  ['tcp-cwr', 0x80],
]);
