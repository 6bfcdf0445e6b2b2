/** Frames for tests: Ethernet, IPv4, and TCP or UDP, with headers of their real lengths. */
import {
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  IPV4_MIN_HEADER_OCTETS,
  ipv4Address,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
} from '@strata/wire';

const SOURCE = ipv4Address(0xc0000202);
const DESTINATION = ipv4Address(0xc0000201);
const TRANSPORT_START = ETHERNET_HEADER_OCTETS + IPV4_MIN_HEADER_OCTETS;

function ipv4Frame(
  protocol: number,
  transportOctets: number,
  fragmentOffsetOctets = 0,
): Uint8Array {
  const frame = new Uint8Array(TRANSPORT_START + transportOctets);
  emitEthernetHeader(frame, 0x020000000001, 0x020000000002, ETHERTYPE_IPV4);
  emitIpv4Header(frame.subarray(ETHERNET_HEADER_OCTETS), {
    tos: 0,
    totalOctets: IPV4_MIN_HEADER_OCTETS + transportOctets,
    identification: 1,
    dontFragment: false,
    moreFragments: false,
    fragmentOffsetOctets,
    ttl: 64,
    protocol,
    source: SOURCE,
    destination: DESTINATION,
  });
  return frame;
}

/** A TCP frame without options, with a partial checksum. */
export function tcpFrame(dataOctets: number, flags = TCP_ACK): Uint8Array {
  const frame = ipv4Frame(PROTOCOL_TCP, 20 + dataOctets);
  const segment = frame.subarray(TRANSPORT_START);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 1024,
    sequence: 1,
    acknowledgment: 1,
    flags,
    window: 0xffff,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(segment, SOURCE, DESTINATION);
  return frame;
}

/** A UDP frame of zeros. */
export function udpFrame(dataOctets: number, fragmentOffsetOctets = 0): Uint8Array {
  return ipv4Frame(PROTOCOL_UDP, 8 + dataOctets, fragmentOffsetOctets);
}
