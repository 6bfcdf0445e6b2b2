import {
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  type IpAddress,
  ipv4Address,
  type MacAddress,
  PROTOCOL_TCP,
  TCP_SYN,
} from '@strata/wire';

/** The spoofed sources: 198.18.0.0/15, which no host on the Internet has (RFC 2544). */
const SPOOFED_BASE = 0xc6120000;
const SPOOFED_HOSTS = 2 ** 17;

const IP_AT = 14;
const TCP_AT = IP_AT + 20;
/** With the MSS option. */
const TCP_OCTETS = 24;
const FIRST_PORT = 1024;

/** Where a flood goes, and where its frames come from. */
export interface FloodPath {
  readonly source: MacAddress;
  readonly destination: MacAddress;
  readonly target: IpAddress;
  readonly port: number;
}

/** A frame with a SYN. Its source address, source port and sequence number are random. */
export function synFrame({ source, destination, target, port }: FloodPath, random = Math.random) {
  const address = ipv4Address(SPOOFED_BASE + Math.floor(random() * SPOOFED_HOSTS));
  const frame = new Uint8Array(TCP_AT + TCP_OCTETS);
  emitEthernetHeader(frame, destination, source, ETHERTYPE_IPV4);
  emitIpv4Header(frame.subarray(IP_AT), {
    tos: 0,
    totalOctets: 20 + TCP_OCTETS,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: address,
    destination: target,
  });
  const segment = frame.subarray(TCP_AT);
  emitTcpHeader(segment, {
    sourcePort: FIRST_PORT + Math.floor(random() * (65_536 - FIRST_PORT)),
    destinationPort: port,
    sequence: Math.floor(random() * 2 ** 32),
    acknowledgment: 0,
    flags: TCP_SYN,
    window: 64_240,
    urgentPointer: 0,
    options: { mss: 1460 },
  });
  emitTcpChecksum(segment, address, target);
  return frame;
}
