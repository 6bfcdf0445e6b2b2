import { type IpAddress, type Ipv4Packet, isHostAddress, readIpv4, writeIpv4 } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sourceRouteOf } from './source-route.ts';

/** The way from here back to the sender of a packet that came along a source route. */
export interface WayBack {
  /** Where the answer goes first. */
  readonly firstHop: IpAddress;
  /** The source route of the answer: the other hops in reverse, and the sender last. */
  readonly option: Uint8Array;
}

const POINTER_AT_FIRST = 4;

/**
 * Reverses the recorded part of a packet's source route, as Linux's __ip_options_echo() does (RFC
 * 1122 3.2.2.6, RFC 1812 4.3.2.6). Hops of our own at its end are left out: the packet is here.
 * Undefined: no hop is recorded, or the last one is not the address of a host; the answer then goes
 * to the sender directly.
 *
 * @param packet its options are well formed
 */
export function wayBackOf(
  { interfaces }: NetworkContext,
  { options, source }: Pick<Ipv4Packet, 'options' | 'source'>,
): WayBack | undefined {
  if (options.byteLength === 0) return undefined;
  const route = sourceRouteOf(options);
  if (route === undefined) return undefined;
  const hops = recordedHops(route);
  // Some senders put their own address in front, where it must not be (RFC 1122 3.2.1.8 (c) (B)).
  if (hops[0] === source) hops.shift();
  while (hops.length > 0 && interfaces.isOwn(hops[hops.length - 1]!)) hops.pop();
  const firstHop = hops.pop();
  if (firstHop === undefined || !isHostAddress(firstHop)) return undefined;
  if (interfaces.addressTypeOf(firstHop) !== 'unicast') return undefined;
  const option = new Uint8Array(3 + (hops.length + 1) * 4);
  option.set([route[0]!, option.byteLength, POINTER_AT_FIRST]);
  [...hops.reverse(), source].forEach((hop, at) => {
    writeIpv4(option, 3 + at * 4, hop);
  });
  return { firstHop, option };
}

/** The addresses in front of the pointer. */
function recordedHops(route: Uint8Array): IpAddress[] {
  const hops: IpAddress[] = [];
  const end = Math.min(route[2]! - 1, route.byteLength);
  for (let at = 3; at + 4 <= end; at += 4) hops.push(readIpv4(route, at));
  return hops;
}
