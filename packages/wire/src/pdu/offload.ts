/** Segmentation and checksum offload in software, for devices that cannot do it. */
import { readIpv4 } from '../address.ts';
import { readUint16, writeUint16 } from '../bytes.ts';
import { checksumAdd, checksumFold, internetChecksum } from '../checksum.ts';
import { Ipv4Packet } from '../ipv4.ts';
import { isParseError, type ParseError } from '../parse-error.ts';
import { type PortedProtocol, portedProtocol } from '../protocols.ts';
import { emitUdpHeader, UDP_HEADER_OCTETS } from '../udp.ts';
import { type Allocate, allocateWithHeadroom } from './headroom.ts';
import { type ChecksumState, HEADROOM_OCTETS, type PduMeta } from './pdu.ts';
import { TailReader, tailOctets } from './tail.ts';

const IPV4_CHECKSUM_OFFSET = 10;

/** Why a super-segment was not cut up. `bad length`: the segment size is below 1. */
export type CutError = ParseError | 'bad checksum';

/**
 * Cuts an IPv4 packet that holds a TCP super-segment or a UDP super-datagram into packets of at
 * most `segmentSize` octets of data, with complete checksums, as Linux's inet_gso_segment() and
 * tcp_gso_segment() do: the identification counts up; in TCP only the last packet keeps FIN and
 * PSH, and only the first keeps CWR (RFC 3168 6.1.2). A `complete` checksum is verified first, so
 * that cutting does not hide an error.
 *
 * The packets are copies in one new buffer, each with its own {@link HEADROOM_OCTETS} in front.
 * `bad type`: the packet holds neither, or is a fragment. `tail`: the data, if `packet` holds only
 * the headers; its checksum must then be partial.
 */
export function cutSuperSegment(
  packet: Uint8Array,
  segmentSize: number,
  checksum: ChecksumState,
  tail?: PduMeta['tail'],
  allocate: Allocate = allocateWithHeadroom,
): Uint8Array[] | CutError {
  if (!(segmentSize >= 1)) return 'bad length';
  const ip = tail === undefined ? Ipv4Packet.parse(packet) : Ipv4Packet.parseQuoted(packet);
  if (isParseError(ip)) return ip;
  if (ip.isFragment) return 'bad type';
  const protocol = portedProtocol(ip.protocol);
  if (protocol === undefined) return 'bad type';
  // With a tail, the octets here are fewer than the length in the UDP header.
  const segment =
    tail === undefined ? protocol.parse(ip.payload) : protocol.parseHeader(ip.payload);
  if (isParseError(segment)) return segment;
  if (checksum === 'complete' && !segment.hasValidChecksum(ip.source, ip.destination)) {
    return 'bad checksum';
  }
  const data = tail ?? [segment.payload];
  return cut(ip, protocol, segment.headerOctets, segmentSize, data, allocate);
}

function cut(
  ip: Ipv4Packet,
  protocol: PortedProtocol,
  headerOctets: number,
  segmentSize: number,
  data: readonly Uint8Array[],
  allocate: Allocate,
): Uint8Array[] {
  const headersOctets = ip.headerOctets + headerOctets;
  const dataOctets = tailOctets(data);
  const count = Math.max(1, Math.ceil(dataOctets / segmentSize));
  const stride = (HEADROOM_OCTETS + headersOctets + Math.min(segmentSize, dataOctets) + 7) & ~7;
  const memory = allocate(stride * count, 0);
  const headers = ip.bytes.subarray(0, headersOctets);
  const reader = new TailReader(data);
  const { source, destination } = ip;
  const packets: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const from = index * segmentSize;
    const to = Math.min(dataOctets, from + segmentSize);
    const length = headersOctets + to - from;
    const start = index * stride + HEADROOM_OCTETS;
    const packet = memory.subarray(start, start + length);
    packet.set(headers);
    reader.copy(packet, headersOctets, to - from);
    patchIpv4(packet, ip, index);
    const part = packet.subarray(ip.headerOctets);
    protocol.patchPart(part, from, to === dataOctets);
    protocol.emitChecksum(part, source, destination);
    packets.push(packet);
  }
  return packets;
}

function patchIpv4(packet: Uint8Array, ip: Ipv4Packet, index: number): void {
  writeUint16(packet, 2, packet.byteLength);
  writeUint16(packet, 4, ip.identification + index);
  writeUint16(packet, IPV4_CHECKSUM_OFFSET, 0);
  writeUint16(packet, IPV4_CHECKSUM_OFFSET, internetChecksum(packet.subarray(0, ip.headerOctets)));
}

/**
 * The first datagram of a super-datagram, as its sender would put it on the wire. An ICMP error
 * quotes it (RFC 792). `header`: a well-formed IPv4 header; `segment`: the UDP header and the data.
 * Both results are copies.
 */
export function firstDatagram(
  header: Uint8Array,
  segment: Uint8Array,
  segmentSize: number,
): { readonly header: Uint8Array; readonly segment: Uint8Array } {
  const first = segment.slice(0, UDP_HEADER_OCTETS + segmentSize);
  const ip = header.slice();
  const ports = [readUint16(first, 0), readUint16(first, 2)] as const;
  emitUdpHeader(first, readIpv4(ip, 12), readIpv4(ip, 16), ...ports);
  writeUint16(ip, 2, ip.byteLength + first.byteLength);
  writeUint16(ip, IPV4_CHECKSUM_OFFSET, 0);
  writeUint16(ip, IPV4_CHECKSUM_OFFSET, internetChecksum(ip));
  return { header: ip, segment: first };
}

/**
 * Turns the `partial` checksum of a TCP segment or UDP datagram into a complete one, in place: the
 * field must hold the sum of the pseudo-header. Returns false and writes nothing if `segment` is
 * neither, or too short.
 */
export function completeSegmentChecksum(segment: Uint8Array, protocol: number): boolean {
  const ported = portedProtocol(protocol);
  if (ported === undefined || segment.byteLength < ported.checksumOffset + 2) return false;
  const checksum = checksumFold(checksumAdd(segment)) ^ 0xffff;
  writeUint16(segment, ported.checksumOffset, checksum || ported.checksumForZero);
  return true;
}

/**
 * {@link completeSegmentChecksum} for an IPv4 packet. False if the packet holds no whole TCP
 * segment or UDP datagram.
 */
export function completeChecksum(packet: Uint8Array): boolean {
  const ip = Ipv4Packet.parse(packet);
  if (isParseError(ip) || ip.isFragment) return false;
  return completeSegmentChecksum(ip.payload, ip.protocol);
}

/**
 * Whether the transport checksum inside an IPv4 packet is right. True if there is none to verify:
 * another protocol, a fragment, a UDP datagram without checksum. False if the packet or segment is
 * malformed.
 */
export function hasValidTransportChecksum(packet: Uint8Array): boolean {
  const ip = Ipv4Packet.parse(packet);
  if (isParseError(ip)) return false;
  const protocol = portedProtocol(ip.protocol);
  if (ip.isFragment || protocol === undefined) return true;
  const segment = protocol.parse(ip.payload);
  return !isParseError(segment) && segment.hasValidChecksum(ip.source, ip.destination);
}
