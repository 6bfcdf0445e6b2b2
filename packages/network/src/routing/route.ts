import { formatIpv4, type IpAddress } from '@strata/wire';
import type { RouteConfig, RouteKind } from '../config.ts';

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
    (match.via === undefined || match.via === route.via) &&
    (match.interfaceIndex === undefined || match.interfaceIndex === route.interfaceIndex) &&
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
    one.mtu === other.mtu
  );
}

/** Whether a route sends on the interface, by one of its next hops. */
export function isSentOn(route: Route, interfaceIndex: number): boolean {
  return route.interfaceIndex === interfaceIndex;
}

/** How errors name a route. */
export function name(route: { destination: IpAddress; prefixLength: number }): string {
  return `${formatIpv4(route.destination)}/${route.prefixLength}`;
}
