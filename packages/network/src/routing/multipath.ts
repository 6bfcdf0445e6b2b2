import {
  hasPorts,
  ICMP_HEADER_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isIcmpError,
  isParseError,
  PROTOCOL_ICMP,
  readUint32,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { isUp } from '../interfaces.ts';
import type { Nexthop, Route } from './route.ts';

/**
 * The way of a route for a flow with this hash, among those whose interface is up. Each has the
 * part of the hashes that its weight asks for (hash-threshold, RFC 2992), as in Linux's
 * fib_select_multipath(). Undefined: none is usable. `interfaceIndex`: 0, or the interface that the
 * way must use.
 */
export function selectNexthop(
  { interfaces }: NetworkContext,
  nexthops: readonly Nexthop[],
  hash: number,
  interfaceIndex: number,
): Nexthop | undefined {
  const usable = nexthops.filter((hop) => {
    if (interfaceIndex !== 0 && hop.interfaceIndex !== interfaceIndex) return false;
    const by = interfaces.byIndex(hop.interfaceIndex);
    return by !== undefined && isUp(by);
  });
  const total = usable.reduce((sum, { weight }) => sum + weight, 0);
  let bound = 0;
  for (const hop of usable) {
    bound += hop.weight;
    if (hash < (bound / total) * 0x100000000) return hop;
  }
  return undefined;
}

/** The way of a route for one of our own packets. `segment`: what is behind its IPv4 header. */
export function hopForOwn(
  context: NetworkContext,
  route: Route,
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  segment: Uint8Array | undefined,
  interfaceIndex: number,
): Pick<Route, 'via' | 'interfaceIndex'> | undefined {
  const { nexthops } = route;
  if (nexthops === undefined) return route;
  const byPorts = context.sysctl.fib_multipath_hash_policy === 1;
  const hasThem = byPorts && hasPorts(protocol) && segment !== undefined && segment.byteLength >= 4;
  const ports = hasThem ? readUint32(segment, 0) : 0;
  const hash = context.multipath.of(source, destination, byPorts ? protocol : 0, ports);
  return selectNexthop(context, nexthops, hash, interfaceIndex);
}

/**
 * The way of a route for a packet that is forwarded. `fib_multipath_hash_policy` 0: by its
 * addresses, or of an ICMP error by those that it quotes, so that it takes the way of its flow. 1:
 * by its addresses, protocol and ports; a fragment has no ports.
 */
export function hopForForwarded(
  context: NetworkContext,
  route: Route,
  packet: Ipv4Packet,
  destination: IpAddress,
): Pick<Route, 'via' | 'interfaceIndex'> | undefined {
  const { nexthops } = route;
  if (nexthops === undefined) return route;
  return selectNexthop(context, nexthops, flowHash(context, packet, destination), 0);
}

function flowHash(
  { multipath, sysctl }: NetworkContext,
  packet: Ipv4Packet,
  destination: IpAddress,
): number {
  const { source, protocol, payload } = packet;
  if (sysctl.fib_multipath_hash_policy === 0) {
    const quoted = quotedBy(packet);
    return quoted === undefined
      ? multipath.of(source, destination, 0, 0)
      : multipath.of(quoted.source, quoted.destination, 0, 0);
  }
  const hasThem = !packet.isFragment && hasPorts(protocol) && payload.byteLength >= 4;
  return multipath.of(source, destination, protocol, hasThem ? readUint32(payload, 0) : 0);
}

/** The packet that an ICMP error quotes. */
function quotedBy({ protocol, payload, isFragment }: Ipv4Packet): Ipv4Packet | undefined {
  if (protocol !== PROTOCOL_ICMP || isFragment || payload.byteLength < ICMP_HEADER_OCTETS) {
    return undefined;
  }
  if (!isIcmpError(payload[0]!)) return undefined;
  const quoted = Ipv4Packet.parseQuoted(payload.subarray(ICMP_HEADER_OCTETS));
  return isParseError(quoted) ? undefined : quoted;
}
