import {
  allocateWithHeadroom,
  emitIpv4Header,
  IPV4_MIN_HEADER_OCTETS,
  type Ipv4Header,
} from '@strata/wire';

/**
 * The fragments of a datagram (RFC 791 3.2): each a packet of its own of at most `mtu` octets, all but the last with a
 * payload of a multiple of 8 octets. `header`: of the whole datagram, without options. The fragments are copies with
 * HEADROOM_OCTETS of headroom each.
 */
export function fragment(header: Ipv4Header, payload: Uint8Array, mtu: number): Uint8Array[] {
  const step = fragmentOctets(mtu);
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < payload.byteLength; offset += step) {
    const end = Math.min(offset + step, payload.byteLength);
    const totalOctets = IPV4_MIN_HEADER_OCTETS + end - offset;
    const packet = allocateWithHeadroom(totalOctets);
    emitIpv4Header(packet, {
      ...header,
      totalOctets,
      fragmentOffsetOctets: header.fragmentOffsetOctets + offset,
      moreFragments: header.moreFragments || end < payload.byteLength,
    });
    packet.set(payload.subarray(offset, end), IPV4_MIN_HEADER_OCTETS);
    fragments.push(packet);
  }
  return fragments;
}

function fragmentOctets(mtu: number): number {
  return (mtu - IPV4_MIN_HEADER_OCTETS) & ~7;
}
