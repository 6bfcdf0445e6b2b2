/**
 * The protocols above IPv4 whose header begins with two ports, and what the layers below transport
 * need to know about each.
 */
import type { IpAddress } from './address.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from './ipv4.ts';
import type { ParseError } from './parse-error.ts';
import {
  emitTcpChecksum,
  TCP_CHECKSUM_OFFSET,
  TCP_CWR,
  TCP_FIN,
  TCP_MIN_HEADER_OCTETS,
  TCP_PSH,
  TCP_URG,
  TcpSegment,
} from './tcp.ts';
import { emitUdpChecksum, UDP_CHECKSUM_OFFSET, UDP_HEADER_OCTETS, UdpDatagram } from './udp.ts';

/** A view of a TCP segment or a UDP datagram. */
export interface PortedSegment {
  /** Header and data. */
  readonly bytes: Uint8Array;
  readonly headerOctets: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
  /** False if the sender computed no checksum, which UDP allows. */
  readonly hasChecksum: boolean;
  hasValidChecksum(source: IpAddress, destination: IpAddress): boolean;
}

/** A protocol whose header begins with two ports. */
export interface PortedProtocol {
  /** The number in the IPv4 header. */
  readonly number: number;
  /** The name, as tcpdump prints it. */
  readonly name: string;
  /** What one of its PDUs is called (RFC 1122 1.3.3). */
  readonly pduName: 'segment' | 'datagram';
  /**
   * Whether it checks more of an ICMP error than the ports before it believes it (RFC 5927 4.1).
   */
  readonly verifiesErrors: boolean;
  /** Octets of the shortest header. */
  readonly minHeaderOctets: number;
  /** Octets of this header. At least `minHeaderOctets` of `header` must be present. */
  headerOctetsOf(header: Uint8Array): number;
  /** Octets from the header's start to its checksum field. */
  readonly checksumOffset: number;
  /** The value that is sent if the computed checksum is zero. */
  readonly checksumForZero: number;
  /** Checks the lengths, not the checksum. */
  parse(bytes: Uint8Array): PortedSegment | ParseError;
  /** Like `parse`, but only the header must be present; the data may be in other memory. */
  parseHeader(bytes: Uint8Array): PortedSegment | ParseError;
  /** Computes and writes the checksum of the whole segment `bytes`. */
  emitChecksum(bytes: Uint8Array, source: IpAddress, destination: IpAddress): void;
  /**
   * Turns the copy of a super-segment's header at the start of `part` into the header of that part,
   * except for the checksum. `from`: offset of the part's data in the data of the super-segment.
   * `isLast`: no part follows.
   */
  patchPart(part: Uint8Array, from: number, isLast: boolean): void;
}

const TCP: PortedProtocol = {
  number: PROTOCOL_TCP,
  name: 'TCP',
  pduName: 'segment',
  verifiesErrors: true,
  minHeaderOctets: TCP_MIN_HEADER_OCTETS,
  headerOctetsOf: (header) => (header[12]! >>> 4) * 4,
  checksumOffset: TCP_CHECKSUM_OFFSET,
  checksumForZero: 0,
  parse: (bytes) => TcpSegment.parse(bytes),
  parseHeader: (bytes) => TcpSegment.parse(bytes),
  emitChecksum: emitTcpChecksum,
  patchPart: patchTcpPart,
};

const UDP: PortedProtocol = {
  number: PROTOCOL_UDP,
  name: 'UDP',
  pduName: 'datagram',
  verifiesErrors: false,
  minHeaderOctets: UDP_HEADER_OCTETS,
  headerOctetsOf: () => UDP_HEADER_OCTETS,
  checksumOffset: UDP_CHECKSUM_OFFSET,
  // Zero would mean "no checksum" (RFC 768).
  checksumForZero: 0xffff,
  parse: (bytes) => UdpDatagram.parse(bytes),
  parseHeader: (bytes) => UdpDatagram.parseQuoted(bytes),
  emitChecksum: emitUdpChecksum,
  patchPart: (part) => writeUint16(part, 4, part.byteLength),
};

/** All protocols with ports. */
export const PORTED_PROTOCOLS: readonly PortedProtocol[] = [TCP, UDP];

const BY_NUMBER: readonly (PortedProtocol | undefined)[] = Array.from(
  { length: 256 },
  (_, number) => PORTED_PROTOCOLS.find((protocol) => protocol.number === number),
);

/**
 * The protocol with this number in the IPv4 header; undefined if the protocol is unknown here or
 * its header has no ports.
 */
export function portedProtocol(number: number): PortedProtocol | undefined {
  return BY_NUMBER[number];
}

/** Whether segments of this protocol begin with two ports. */
export function hasPorts(protocol: number): boolean {
  return BY_NUMBER[protocol] !== undefined;
}

/**
 * As Linux's tcp_gso_segment() does: only the last part keeps FIN and PSH, only the first keeps CWR
 * (RFC 3168 6.1.2).
 */
function patchTcpPart(part: Uint8Array, from: number, isLast: boolean): void {
  let flags = part[13]!;
  if (!isLast) flags &= ~(TCP_FIN | TCP_PSH);
  if (from > 0) flags &= ~TCP_CWR;
  if ((flags & TCP_URG) !== 0) {
    // The urgent pointer counts from the segment's own sequence number. A part behind the urgent
    // data has no pointer.
    const urgent = readUint16(part, 18) - from;
    if (urgent <= 0) flags &= ~TCP_URG;
    writeUint16(part, 18, Math.max(0, urgent));
  }
  writeUint32(part, 4, readUint32(part, 4) + from);
  part[13] = flags;
}
