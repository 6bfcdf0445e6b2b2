import {
  type AddressType,
  type IpAddress,
  isHostAddress,
  isLoopbackIpv4,
  isUnspecified,
  LIMITED_BROADCAST_IPV4,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { InterfaceConfig, RouteKind } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { isUp, LOOPBACK_INDEX } from '../interfaces.ts';
import { hopForOwn } from './multipath.ts';

/** The way that a packet takes out of the stack. */
export interface Path {
  readonly interface: InterfaceConfig;
  readonly cast: AddressType;
  /** The next host on the link: the destination itself or a gateway. */
  readonly nextHop: IpAddress;
  /** The source address if the sender has chosen none. 0: there is none. */
  readonly source: IpAddress;
  /** Octets of the largest packet: the interface's MTU, or the path MTU if it is smaller. */
  readonly mtu: number;
  /** The reported path MTU is too small to be believed: packets go without DF. */
  readonly isMtuLocked: boolean;
}

/** Why there is no path: no route matches, or the route that matches refuses. */
export type NoPath = 'no route' | 'unreachable' | 'prohibit' | 'blackhole';

/** Why a route of this kind gives no path. */
export function refusalOf(kind: Exclude<RouteKind, 'unicast'>): NoPath {
  return kind === 'throw' ? 'no route' : kind;
}

/**
 * The path to a destination. `interfaceIndex`: 0, or the interface to use in place of the one that
 * the routes choose. `protocol`, `segment`: of the packet, if known. They choose among several
 * ways.
 */
export function findPath(
  context: NetworkContext,
  source: IpAddress,
  destination: IpAddress,
  interfaceIndex: number,
  nowMs: number,
  protocol = 0,
  segment?: Uint8Array,
): Path | NoPath {
  const { interfaces } = context;
  if (interfaces.isOwn(destination)) {
    const loopback = interfaces.byIndex(LOOPBACK_INDEX)!;
    return path(loopback, 'unicast', destination, destination);
  }
  const cast = interfaces.addressTypeOf(destination);
  if (cast !== 'unicast') {
    return groupPath(context, source, destination, interfaceIndex, cast);
  }
  // 0.0.0.0/8 and 240.0.0.0/4 are not addresses of hosts (RFC 1122 3.2.1.3).
  if (!isHostAddress(destination)) return 'no route';
  return hostPath(context, source, destination, interfaceIndex, nowMs, protocol, segment);
}

function hostPath(
  context: NetworkContext,
  source: IpAddress,
  destination: IpAddress,
  interfaceIndex: number,
  nowMs: number,
  protocol: number,
  segment: Uint8Array | undefined,
): Path | NoPath {
  const { interfaces, routes } = context;
  const route =
    interfaceIndex === 0
      ? routes.lookup(destination)
      : routes.lookupOn(destination, interfaceIndex);
  if (route !== undefined && route.kind !== 'unicast') return refusalOf(route.kind);
  // If the sender names an interface and no route uses it, the destination counts as on the link,
  // as Linux's ip_route_output_key_hash_rcu() does.
  const hop =
    route && hopForOwn(context, route, source, destination, protocol, segment, interfaceIndex);
  if (route !== undefined && hop === undefined) return 'no route';
  const by = interfaces.byIndex(hop?.interfaceIndex ?? interfaceIndex);
  if (by === undefined || by.index === LOOPBACK_INDEX || !isUp(by)) return 'no route';
  const exception = context.exceptions.find(destination, nowMs);
  const nextHop = exception?.gateway ?? hop?.via ?? destination;
  const mtu = route === undefined || route.mtu === 0 ? by.mtu : Math.min(by.mtu, route.mtu);
  return {
    interface: by,
    cast: 'unicast',
    nextHop,
    source: route?.source ?? interfaces.sourceOn(by, nextHop) ?? UNSPECIFIED_IPV4,
    mtu: exception === undefined || exception.mtu === 0 ? mtu : Math.min(mtu, exception.mtu),
    isMtuLocked: exception?.isLocked ?? false,
  };
}

/**
 * The path of a multicast or broadcast packet. The interface is the first that exists of: the one
 * named, the subnet's, the source's, the route's, the first that is up.
 */
function groupPath(
  context: NetworkContext,
  source: IpAddress,
  destination: IpAddress,
  interfaceIndex: number,
  cast: AddressType,
): Path | NoPath {
  const { interfaces, routes } = context;
  let by: InterfaceConfig | undefined;
  if (interfaceIndex !== 0) by = interfaces.byIndex(interfaceIndex);
  else {
    if (destination !== LIMITED_BROADCAST_IPV4) by = interfaces.broadcastOwnerOf(destination);
    if (!isUnspecified(source) && !isLoopbackIpv4(source)) by ??= interfaces.ownerOf(source);
    const route = by === undefined ? routes.lookup(destination) : undefined;
    if (route?.kind === 'unicast') by = interfaces.byIndex(route.interfaceIndex);
    by ??= interfaces.all.find((each) => each.index !== LOOPBACK_INDEX && isUp(each));
  }
  if (by === undefined || by.index === LOOPBACK_INDEX || !isUp(by)) return 'no route';
  return path(by, cast, destination, interfaces.sourceOn(by, destination) ?? UNSPECIFIED_IPV4);
}

function path(by: InterfaceConfig, cast: AddressType, nextHop: IpAddress, source: IpAddress): Path {
  return { interface: by, cast, nextHop, source, mtu: by.mtu, isMtuLocked: false };
}
