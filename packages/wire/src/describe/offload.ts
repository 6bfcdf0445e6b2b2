/**
 * Describes what a capture on a wire cannot show of a PDU: that it is a super-segment, or that its
 * checksum is partial.
 */
import { readUint16 } from '../bytes.ts';
import { ETHERNET_HEADER_OCTETS, ETHERTYPE_IPV4 } from '../ethernet.ts';
import { IPV4_MIN_HEADER_OCTETS } from '../ipv4.ts';
import type { PduMeta } from '../pdu/pdu.ts';
import { portedProtocol } from '../protocols.ts';

type OffloadMeta = Pick<PduMeta, 'segmentSize' | 'checksum'>;

/**
 * Describes the offload state of an Ethernet frame in Linux's terms. `GSO 1448 x 44, checksum
 * partial`: the size of its segments (gso_size) and their number (gso_segs). Empty for a frame as
 * on a wire. `frame` may end behind the headers. Never throws.
 */
export function describeFrameOffload(frame: Uint8Array, meta: OffloadMeta): string {
  const isIpv4 =
    frame.byteLength >= ETHERNET_HEADER_OCTETS && readUint16(frame, 12) === ETHERTYPE_IPV4;
  return describe(isIpv4 ? packetData(frame.subarray(ETHERNET_HEADER_OCTETS)) : undefined, meta);
}

/** {@link describeFrameOffload} for an IPv4 packet. */
export function describePacketOffload(packet: Uint8Array, meta: OffloadMeta): string {
  return describe(packetData(packet), meta);
}

/**
 * {@link describeFrameOffload} for a transport segment of `octets` octets. The bytes may end behind
 * its header.
 */
export function describeSegmentOffload(
  protocol: number,
  segment: Uint8Array,
  octets: number,
  meta: OffloadMeta,
): string {
  return describe(segmentData(protocol, segment, octets), meta);
}

function describe(dataOctets: number | undefined, { segmentSize, checksum }: OffloadMeta): string {
  const words: string[] = [];
  if (segmentSize > 0) {
    const count = Math.max(1, Math.ceil((dataOctets ?? 0) / segmentSize));
    words.push(`GSO ${segmentSize} x ${dataOctets === undefined ? '?' : count}`);
  }
  if (checksum === 'partial') words.push('checksum partial');
  return words.join(', ');
}

/** Octets of data above a packet's headers with ports; undefined if it has no such header. */
function packetData(packet: Uint8Array): number | undefined {
  if (packet.byteLength < IPV4_MIN_HEADER_OCTETS) return undefined;
  const headerOctets = (packet[0]! & 15) * 4;
  const octets = readUint16(packet, 2) - headerOctets;
  return segmentData(packet[9]!, packet.subarray(headerOctets), octets);
}

function segmentData(protocol: number, segment: Uint8Array, octets: number): number | undefined {
  const ported = portedProtocol(protocol);
  if (ported === undefined || segment.byteLength < ported.minHeaderOctets) return undefined;
  return Math.max(0, octets - ported.headerOctetsOf(segment));
}
