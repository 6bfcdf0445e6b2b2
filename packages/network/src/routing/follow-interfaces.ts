import type { IpAddress } from '@strata/wire';
import type { InterfaceConfig } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { type Interfaces, isUp } from '../interfaces.ts';
import { connectedRoutes, isEqual } from './connected-routes.ts';
import { isSentOn, type Route } from './route.ts';
import type { Routes } from './routes.ts';

/**
 * Replaces the interfaces, with what follows from it: routes that came from addresses, or went over
 * an interface that is down, or had a source address that is gone. Redirects are forgotten. Throws
 * NetworkError, and changes nothing: NETWORK_BAD_INTERFACE, NETWORK_BAD_ADDRESS.
 */
export function changeInterfaces(
  { interfaces, routes, exceptions }: NetworkContext,
  wanted: readonly InterfaceConfig[],
): void {
  const before = interfaces.all;
  interfaces.set(wanted);
  const indexes = new Set([...before, ...wanted].map(({ index }) => index));
  for (const index of indexes) {
    const old = before.find((each) => each.index === index);
    followInterface(interfaces, routes, old, interfaces.byIndex(index));
  }
  for (const { addresses } of before) {
    for (const { address } of addresses) {
      if (!interfaces.isOwn(address)) forgetSource(routes, address);
    }
  }
  exceptions.forgetGateways();
}

/**
 * Changes the routes as Linux does when an interface changes (fib_frontend.c). Down, or without its
 * last address: all its routes go, and do not come back by themselves. Up, or with a new subnet:
 * the route to the subnet comes. `before`, `after`: the interface; undefined: there is none.
 */
function followInterface(
  interfaces: Interfaces,
  routes: Routes,
  before: InterfaceConfig | undefined,
  after: InterfaceConfig | undefined,
): void {
  const old = before === undefined ? [] : connectedRoutes(before);
  const now = after === undefined ? [] : connectedRoutes(after);
  const isGone = after === undefined || !isUp(after) || after.addresses.length === 0;
  if (before !== undefined && isGone && old.length > 0) {
    for (const route of routes.list()) {
      if (route.kind === 'unicast' && losesAll(interfaces, route, before.index))
        routes.remove(route);
    }
  }
  for (const route of routes.list()) {
    if (route.origin !== 'connected' || route.interfaceIndex !== before?.index) continue;
    if (!now.some((other) => isEqual(route, other))) routes.remove(route);
  }
  for (const route of now) {
    // One that a person has deleted stays deleted.
    if (!old.some((other) => isEqual(route, other))) routes.insert(route);
  }
}

/**
 * Whether the route loses its last way with the interface (fib_sync_down_dev()). One of several
 * ways comes back with its interface, if another one keeps the route.
 */
function losesAll(interfaces: Interfaces, route: Route, gone: number): boolean {
  if (!isSentOn(route, gone)) return false;
  return (route.nexthops ?? [route]).every(({ interfaceIndex }) => {
    const by = interfaces.byIndex(interfaceIndex);
    return interfaceIndex === gone || by === undefined || !isUp(by);
  });
}

/** Removes the routes whose source address is not ours any more (fib_sync_down_addr()). */
function forgetSource(routes: Routes, address: IpAddress): void {
  for (const route of routes.list()) {
    if (route.source === address && route.origin === 'static') routes.remove(route);
  }
}
