import {
  type Allocate,
  allocateWithHeadroom,
  emitIpv4Header,
  IPV4_MIN_HEADER_OCTETS,
  type Ipv4Header,
} from '@strata/wire';
import { copiedOptions } from '../ipv4-options.ts';

/**
 * The fragments of a datagram (RFC 791 3.2): each a packet of its own of at most `mtu` octets, all
 * but the last with a payload of a multiple of 8 octets. `header`: of the whole datagram; of its
 * options the fragments behind the first one have those that say so. The fragments are copies with
 * HEADROOM_OCTETS of headroom each.
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
    // All but the last have a multiple of 8 octets.
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
