import {
  IPV4_MIN_HEADER_OCTETS,
  type Ipv4Packet,
  isParseError,
  portedProtocol,
  UDP_HEADER_OCTETS,
} from '@strata/wire';
import type { NetworkSendRequest } from '../pdu.ts';

/**
 * Octets of the largest packet on the wire. For a super-segment: of the packets that it is cut
 * into.
 */
export function cutOctets(request: NetworkSendRequest, totalOctets: number): number {
  const { segment, segmentSize, protocol } = request;
  if (segmentSize === 0) return totalOctets;
  const headerOctets = request.headerOctets ?? readHeaderOctets(segment, protocol);
  return Math.min(totalOctets, IPV4_MIN_HEADER_OCTETS + headerOctets + segmentSize);
}

/** Octets of the transport header, for requests that do not give them. */
function readHeaderOctets(segment: Uint8Array, protocol: number): number {
  const ported = portedProtocol(protocol);
  if (ported === undefined) return UDP_HEADER_OCTETS;
  const view = ported.parseHeader(segment);
  return isParseError(view) ? ported.minHeaderOctets : view.headerOctets;
}

/** As {@link cutOctets}, of a packet that is there as a whole. */
export function largestPacketOctets(packet: Ipv4Packet, segmentSize: number): number {
  const totalOctets = packet.bytes.byteLength;
  if (segmentSize === 0) return totalOctets;
  const headersOctets = packet.headerOctets + readHeaderOctets(packet.payload, packet.protocol);
  return Math.min(totalOctets, headersOctets + segmentSize);
}
