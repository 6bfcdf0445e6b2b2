import { type IpAddress, networkOf } from '@strata/wire';
import { type InterfaceConfig, ROUTE_PROTOCOL } from '../config.ts';
import { isUp, LOOPBACK_INDEX } from '../interfaces.ts';
import type { Route } from './route.ts';

/**
 * The routes that an interface's addresses make while it is up. RFC 1122 3.3.1.1: a destination in
 * the subnet is on the link. Two addresses in one subnet make one route.
 */
export function connectedRoutes(each: InterfaceConfig): Route[] {
  const { index, addresses } = each;
  if (index === LOOPBACK_INDEX || !isUp(each)) return [];
  const routes: Route[] = [];
  for (const { address, prefixLength } of addresses) {
    const destination = networkOf(address, prefixLength);
    if (routes.some((route) => isTo(route, destination, prefixLength))) continue;
    routes.push({
      destination,
      prefixLength,
      via: undefined,
      interfaceIndex: index,
      metric: 0,
      kind: 'unicast',
      source: address,
      origin: 'connected',
      protocol: ROUTE_PROTOCOL.kernel,
      mtu: 0,
    });
  }
  return routes;
}

function isTo(route: Route, destination: IpAddress, prefixLength: number): boolean {
  return route.destination === destination && route.prefixLength === prefixLength;
}

/** Whether two connected routes are the same. */
export function isEqual(one: Route, other: Route): boolean {
  return isTo(one, other.destination, other.prefixLength) && one.source === other.source;
}
