import { formatIpv4, type IpAddress } from '@strata/wire';
import type { RouteConfig, RouteKind } from '../config.ts';

/** One of several ways of a route. */
export interface Nexthop {
  /** The gateway. Undefined: the destination is on the link. */
  readonly via: IpAddress | undefined;
  readonly interfaceIndex: number;
  /** 1 to 256. */
  readonly weight: number;
}

/** A route as the table holds it. */
export interface Route {
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** The gateway. Undefined: the destination is on the link. */
  readonly via: IpAddress | undefined;
  /** 0 for a kind that sends nothing. */
  readonly interfaceIndex: number;
  readonly metric: number;
  readonly kind: RouteKind;
  readonly source: IpAddress | undefined;
  /** The route's maker: an interface's address, or a user. */
  readonly origin: 'connected' | 'static';
  /** As in RouteConfig. */
  readonly protocol: number;
  /** Octets; 0: the interface's. */
  readonly mtu: number;
  /**
   * The ways, if there are several; `via` and `interfaceIndex` are then those of the first.
   * Undefined: there is one.
   */
  readonly nexthops?: readonly Nexthop[] | undefined;
}

/**
 * How a route is added, as `ip route` has it. `add`: refused if one with this prefix and metric is
 * there. `append`, `prepend`: behind or before those that are there, unless it is the same route.
 * `change`: in place of the first one with this prefix and metric, which must be there. `replace`:
 * as `change` if it is there, else as `add`.
 */
export type RouteHow = 'add' | 'append' | 'prepend' | 'change' | 'replace';

/** Which route to delete: an absent field matches any. */
export type RouteMatch = Pick<RouteConfig, 'destination' | 'prefixLength'> &
  Partial<Pick<RouteConfig, 'via' | 'interfaceIndex' | 'metric' | 'kind' | 'source' | 'protocol'>>;

/** Whether it is the route that is to be deleted. */
export function matches(route: Route, match: RouteMatch): boolean {
  return (
    (match.via === undefined || isVia(route, match.via)) &&
    (match.interfaceIndex === undefined || isSentOn(route, match.interfaceIndex)) &&
    (match.metric === undefined || match.metric === route.metric) &&
    (match.kind === undefined || match.kind === route.kind) &&
    (match.source === undefined || match.source === route.source) &&
    (match.protocol === undefined || match.protocol === route.protocol)
  );
}

/** Whether two routes to one prefix differ in nothing. */
export function isSame(one: Route, other: Route): boolean {
  return (
    one.metric === other.metric &&
    one.kind === other.kind &&
    one.via === other.via &&
    one.interfaceIndex === other.interfaceIndex &&
    one.source === other.source &&
    one.mtu === other.mtu &&
    sameNexthops(one.nexthops, other.nexthops)
  );
}

/** Whether a route sends on the interface, by one of its next hops. */
export function isSentOn(route: Route, interfaceIndex: number): boolean {
  if (route.nexthops === undefined) return route.interfaceIndex === interfaceIndex;
  return route.nexthops.some((hop) => hop.interfaceIndex === interfaceIndex);
}

/** Whether a route goes by the gateway. */
function isVia(route: Route, gateway: IpAddress): boolean {
  if (route.nexthops === undefined) return route.via === gateway;
  return route.nexthops.some(({ via }) => via === gateway);
}

function sameNexthops(one: Route['nexthops'], other: Route['nexthops']): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.length === other.length &&
    one.every((hop, at) => {
      const { via, interfaceIndex, weight } = other[at]!;
      return hop.via === via && hop.interfaceIndex === interfaceIndex && hop.weight === weight;
    })
  );
}

/** How errors name a route. */
export function name(route: { destination: IpAddress; prefixLength: number }): string {
  return `${formatIpv4(route.destination)}/${route.prefixLength}`;
}
