/** The routes of the stack, as network has told them: ARP answers by them. */
import { type IpAddress, networkOf } from '@strata/wire';

export interface LinkRoute {
  readonly destination: IpAddress;
  /** 0 to 32. */
  readonly prefixLength: number;
  /** The interfaces that packets leave through: several, if the route has several ways. */
  readonly interfaces: readonly number[];
  /** The lowest wins. */
  readonly metric: number;
  /** Whether packets on the route are sent; else they are refused or dropped. */
  readonly isUnicast: boolean;
}

export interface LinkRoutes {
  readonly routes: readonly LinkRoute[];
  /** The interfaces that forward. */
  readonly forwarding: readonly number[];
}

/** The routes, prepared for lookups. */
export interface RouteTable extends LinkRoutes {
  /** By prefix length, the longest first: the best route to each network. */
  readonly byLength: readonly {
    readonly prefixLength: number;
    readonly networks: ReadonlyMap<IpAddress, LinkRoute>;
  }[];
}

export function createRouteTable({ routes, forwarding }: LinkRoutes): RouteTable {
  const tables = new Map<number, Map<IpAddress, LinkRoute>>();
  for (const route of routes) {
    const { prefixLength } = route;
    const networks = tables.get(prefixLength) ?? new Map<IpAddress, LinkRoute>();
    tables.set(prefixLength, networks);
    const best = networks.get(route.destination);
    if (best === undefined || route.metric < best.metric) networks.set(route.destination, route);
  }
  const byLength = [...tables]
    .map(([prefixLength, networks]) => ({ prefixLength, networks }))
    .sort((a, b) => b.prefixLength - a.prefixLength);
  return { routes, forwarding, byLength };
}

/** The route to a destination: longest prefix, then lowest metric. Undefined: there is none. */
export function routeTo({ byLength }: RouteTable, destination: IpAddress): LinkRoute | undefined {
  for (const { prefixLength, networks } of byLength) {
    const route = networks.get(networkOf(destination, prefixLength));
    if (route !== undefined) return route;
  }
  return undefined;
}
