import { type IpAddress, networkOf, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { RouteConfig } from '../config.ts';
import { NetworkError } from '../errors.ts';
import type { Interfaces } from '../interfaces.ts';
import { checkRoute } from './check-route.ts';
import { connectedRoutes } from './connected-routes.ts';
import {
  isSame,
  isSentOn,
  matches,
  name,
  type Route,
  type RouteHow,
  type RouteMatch,
} from './route.ts';

const CACHE_ENTRIES = 1024;

/**
 * The routing table: longest prefix first, then smallest metric (RFC 1122 3.3.1, RFC 1812 5.2.4.3).
 * It has one map for each prefix length in use. A bounded cache of results is in front of them.
 */
export class Routes {
  readonly #interfaces: Interfaces;
  /** By prefix length: a map from network address to its routes, smallest metric first. */
  readonly #tables: (Map<IpAddress, Route[]> | undefined)[] = new Array(33).fill(undefined);
  /** Prefix lengths in use, longest first. */
  #lengths: number[] = [];
  readonly #cache = new Map<IpAddress, Route | undefined>();

  constructor(interfaces: Interfaces) {
    this.#interfaces = interfaces;
    for (const each of interfaces.all) {
      for (const route of connectedRoutes(each)) this.insert(route);
    }
  }

  /** The route to a destination, or undefined. */
  lookup(destination: IpAddress): Route | undefined {
    const cached = this.#cache.get(destination);
    if (cached !== undefined) return cached;
    const route = this.#find(destination, undefined);
    if (route === undefined) return undefined;
    if (this.#cache.size >= CACHE_ENTRIES) this.#cache.clear();
    this.#cache.set(destination, route);
    return route;
  }

  /** As `lookup`, but considers only routes on this interface and routes that refuse. */
  lookupOn(destination: IpAddress, interfaceIndex: number): Route | undefined {
    return this.#find(destination, interfaceIndex);
  }

  /** Whether a default route goes by this gateway on this interface. */
  hasDefaultGateway(gateway: IpAddress, interfaceIndex: number): boolean {
    const defaults = this.#tables[0]?.get(UNSPECIFIED_IPV4) ?? [];
    return defaults.some((route) =>
      (route.nexthops ?? [route]).some(
        (hop) => hop.via === gateway && hop.interfaceIndex === interfaceIndex,
      ),
    );
  }

  /** All routes, longest prefix first, then by metric. */
  list(): Route[] {
    return this.#lengths.flatMap((length) => [...this.#tables[length]!.values()].flat());
  }

  /**
   * Adds a route. Throws NetworkError: NETWORK_BAD_ROUTE; NETWORK_GATEWAY_UNREACHABLE if the
   * gateway is on none of our links; NETWORK_INTERFACE_DOWN; NETWORK_ROUTE_EXISTS if there is a
   * route with the same prefix and metric; NETWORK_NO_ROUTE if there is none to change.
   */
  add(config: RouteConfig, how: RouteHow = 'add'): Route {
    const route = checkRoute(this.#interfaces, config);
    const there = this.#tables[route.prefixLength]?.get(route.destination) ?? [];
    const rival = there.find((other) => other.metric === route.metric);
    const exists = (what: string) =>
      new NetworkError('NETWORK_ROUTE_EXISTS', `route ${name(route)}: ${what}`);
    switch (how) {
      case 'add':
        if (rival) throw exists('a route with this prefix and metric exists already');
        break;
      case 'append':
      case 'prepend':
        if (there.some((other) => isSame(other, route))) throw exists('this route exists already');
        break;
      case 'change':
      case 'replace':
        if (rival !== undefined) {
          this.#replace(rival, route);
          return route;
        }
        if (how === 'replace') break;
        throw new NetworkError(
          'NETWORK_NO_ROUTE',
          `route ${name(route)}: there is none with this prefix and metric to change`,
        );
    }
    this.insert(route, how === 'prepend');
    return route;
  }

  /** Deletes the first route that matches and returns it. Undefined where none matches. */
  delete(match: RouteMatch): Route | undefined {
    const table = this.#tables[match.prefixLength];
    const routes = table?.get(match.destination);
    const at = routes?.findIndex((route) => matches(route, match)) ?? -1;
    if (table === undefined || routes === undefined || at < 0) return undefined;
    const route = routes[at]!;
    this.remove(route);
    return route;
  }

  /** Removes this very route. */
  remove(route: Route): void {
    const { destination, prefixLength } = route;
    const table = this.#tables[prefixLength];
    const rest = table?.get(destination)?.filter((other) => other !== route) ?? [];
    if (table === undefined) return;
    if (rest.length > 0) table.set(destination, rest);
    else table.delete(destination);
    if (table.size === 0) {
      this.#tables[prefixLength] = undefined;
      this.#lengths = this.#lengths.filter((length) => length !== prefixLength);
    }
    this.#cache.clear();
  }

  #replace(old: Route, route: Route): void {
    const table = this.#tables[old.prefixLength]!;
    const routes = table.get(old.destination)!;
    table.set(
      old.destination,
      routes.map((other) => (other === old ? route : other)),
    );
    this.#cache.clear();
  }

  #find(destination: IpAddress, interfaceIndex: number | undefined): Route | undefined {
    for (const length of this.#lengths) {
      const routes = this.#tables[length]!.get(networkOf(destination, length));
      if (routes === undefined) continue;
      if (interfaceIndex === undefined) return routes[0];
      for (const route of routes) {
        if (route.kind !== 'unicast' || isSentOn(route, interfaceIndex)) return route;
      }
    }
    return undefined;
  }

  /** Inserts a route that was checked, behind those of the same metric, or before them. */
  insert(route: Route, isFirst = false): void {
    const { prefixLength } = route;
    let table = this.#tables[prefixLength];
    if (table === undefined) {
      table = new Map();
      this.#tables[prefixLength] = table;
      this.#lengths = [...this.#lengths, prefixLength].sort((a, b) => b - a);
    }
    const there = table.get(route.destination) ?? [];
    const routes = isFirst ? [route, ...there] : [...there, route];
    table.set(
      route.destination,
      routes.sort((a, b) => a.metric - b.metric),
    );
    this.#cache.clear();
  }
}
