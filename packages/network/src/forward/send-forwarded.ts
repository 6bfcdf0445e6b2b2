import type { LinkPacketIndication, LinkRequest } from '@strata/link';
import {
  completeSegmentChecksum,
  cutSuperSegment,
  ETHERTYPE_IPV4,
  HEADROOM_OCTETS,
  Ipv4Packet,
  isParseError,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { fragment, headerOf } from '../fragments/fragmentation.ts';
import { drop } from '../outcomes.ts';
import { noteSent, transmit } from '../output/transmit.ts';
import type { NetworkOutcome } from '../reasons.ts';
import type { ForwardPath } from './forward-path.ts';

/** Sends the packet as it is. A super-segment stays one, and a partial checksum partial. */
export function sendWhole(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  arrival: LinkPacketIndication,
): NetworkOutcome {
  const { bytes } = packet;
  const { segmentSize, checksum, headroomOctets, trace } = arrival;
  const sent: LinkRequest = {
    interfaceIndex: path.interface.index,
    etherType: ETHERTYPE_IPV4,
    cast: path.cast,
    nextHop: path.nextHop,
    packet: bytes,
    headroomOctets: headroomOctets ?? 0,
    isForwarded: true,
    segmentSize,
    headerOctets: undefined,
    checksum,
    trace,
    tail: undefined,
  };
  transmit(context, bytes.byteLength, sent);
  return noteSent(context, sent, 'strata/FORWARDED');
}

/**
 * Sends a packet without DF that does not fit in fragments (RFC 1812 5.2.6). A super-segment is cut
 * into its packets first, as its sender's device would have done.
 */
export function sendInPieces(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  arrival: LinkPacketIndication,
): NetworkOutcome {
  const { segmentSize, checksum } = arrival;
  if (segmentSize === 0) {
    if (checksum === 'partial') completeSegmentChecksum(packet.payload, packet.protocol);
    sendFragments(context, packet, path, arrival);
    return 'strata/FRAGMENTED';
  }
  const { allocate } = context;
  const parts = cutSuperSegment(packet.bytes, segmentSize, checksum, undefined, allocate);
  if (typeof parts === 'string') return drop(context, 'SKB_GSO_SEG');
  for (const part of parts) {
    const view = Ipv4Packet.parse(part);
    if (isParseError(view)) continue;
    if (part.byteLength > path.mtu) sendFragments(context, view, path, arrival);
    else sendPiece(context, part, path, arrival, 'strata/FORWARDED');
  }
  return 'strata/FRAGMENTED';
}

function sendFragments(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  arrival: LinkPacketIndication,
): void {
  const { allocate, counters } = context;
  for (const piece of fragment(headerOf(packet), packet.payload, path.mtu, allocate)) {
    counters.IpFragCreates += 1;
    sendPiece(context, piece, path, arrival, 'strata/FRAGMENTED');
  }
  counters.IpFragOKs += 1;
}

function sendPiece(
  context: NetworkContext,
  piece: Uint8Array,
  path: ForwardPath,
  { trace }: LinkPacketIndication,
  reason: 'strata/FORWARDED' | 'strata/FRAGMENTED',
): void {
  const sent: LinkRequest = {
    interfaceIndex: path.interface.index,
    etherType: ETHERTYPE_IPV4,
    cast: path.cast,
    nextHop: path.nextHop,
    packet: piece,
    headroomOctets: HEADROOM_OCTETS,
    isForwarded: true,
    segmentSize: 0,
    headerOctets: undefined,
    checksum: 'complete',
    trace,
    tail: undefined,
  };
  transmit(context, piece.byteLength, sent);
  noteSent(context, sent, reason);
}
