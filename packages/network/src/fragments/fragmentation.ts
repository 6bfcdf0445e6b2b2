import {
  type Allocate,
  allocateWithHeadroom,
  emitIpv4Header,
  IPV4_MIN_HEADER_OCTETS,
  type Ipv4Header,
  type Ipv4Packet,
} from '@strata/wire';
import { copiedOptions } from '../options/ipv4-options.ts';

/** The fields of a packet's header, for its fragments. */
export function headerOf(packet: Ipv4Packet): Ipv4Header {
  const { options } = packet;
  return {
    tos: packet.tos,
    totalOctets: packet.totalOctets,
    identification: packet.identification,
    dontFragment: packet.dontFragment,
    moreFragments: packet.moreFragments,
    fragmentOffsetOctets: packet.fragmentOffsetOctets,
    ttl: packet.ttl,
    protocol: packet.protocol,
    source: packet.source,
    destination: packet.destination,
    options: options.byteLength > 0 ? options : undefined,
  };
}

/**
 * The fragments of a datagram (RFC 791 3.2). Each is a packet of its own of at most `mtu` octets.
 * The payload of all but the last is a multiple of 8 octets. `header`: the whole datagram's, or
 * that of a fragment which is fragmented further. The first has all its options; the others have
 * those with the copied flag. The fragments are copies, each with HEADROOM_OCTETS of headroom.
 */
export function fragment(
  header: Ipv4Header,
  payload: Uint8Array,
  mtu: number,
  allocate: Allocate = allocateWithHeadroom,
): Uint8Array[] {
  const copied = header.options && copiedOptions(header.options);
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < payload.byteLength; ) {
    const options = offset === 0 ? header.options : copied;
    const headerOctets = IPV4_MIN_HEADER_OCTETS + (options?.byteLength ?? 0);
    // The payload of all but the last is a multiple of 8 octets.
    const step = (mtu - headerOctets) & ~7;
    const end = Math.min(offset + step, payload.byteLength);
    const totalOctets = headerOctets + end - offset;
    const packet = allocate(totalOctets);
    emitIpv4Header(packet, {
      ...header,
      totalOctets,
      fragmentOffsetOctets: header.fragmentOffsetOctets + offset,
      moreFragments: header.moreFragments || end < payload.byteLength,
      options,
    });
    packet.set(payload.subarray(offset, end), headerOctets);
    fragments.push(packet);
    offset = end;
  }
  return fragments;
}
