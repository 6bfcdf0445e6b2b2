import {
  completeSegmentChecksum,
  cutSuperSegment,
  type Ipv4Packet,
  rewriteDestination,
} from '@strata/wire';
import type { Offender } from '../icmp/icmp-errors.ts';
import type { Arrival, LinkArrival } from './arrival.ts';

/**
 * The packet as the wire would carry it, for an ICMP error to quote (RFC 792): its sender left the
 * checksum, or the cutting into packets, to its device. Of a super-segment: the first packet. The
 * checksum is completed in place.
 */
export function asOnWire(packet: Ipv4Packet, { segmentSize, checksum }: Arrival): Uint8Array {
  if (segmentSize > 0) {
    const parts = cutSuperSegment(packet.bytes, segmentSize, checksum);
    if (typeof parts !== 'string') return parts[0]!;
  }
  if (checksum === 'partial') completeSegmentChecksum(packet.payload, packet.protocol);
  return packet.bytes;
}

/** A packet from the link that an ICMP error is about, and that goes no further. */
export function offenderOf(packet: Ipv4Packet, arrival: LinkArrival): Offender {
  const { translation } = arrival;
  if (translation !== undefined) {
    // Its sender knows it by the destination that it came with.
    const { flow, isReply } = translation.match;
    const { destination } = isReply ? flow.reply : flow.original;
    rewriteDestination(packet.bytes, destination, arrival.checksum);
  }
  const { cast, interfaceIndex, trace } = arrival;
  return { packet: asOnWire(packet, arrival), cast, interfaceIndex, isForwarded: true, trace };
}
