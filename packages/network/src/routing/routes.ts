import { formatIpv4, type IpAddress, networkOf } from '@strata/wire';
import type { RouteConfig, RouteKind } from '../config.ts';
import { NetworkError } from '../errors.ts';
import type { Interfaces } from '../interfaces.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';

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
}

/** Which route to delete: an absent field matches any. */
export type RouteMatch = Pick<RouteConfig, 'destination' | 'prefixLength'> &
  Partial<Pick<RouteConfig, 'via' | 'interfaceIndex' | 'metric' | 'kind'>>;

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
      if (each.index === LOOPBACK_INDEX) continue;
      for (const own of each.addresses) {
        // RFC 1122 3.3.1.1: a destination in the subnet is on the link. Two addresses in one subnet
        // make one route.
        const destination = networkOf(own.address, own.prefixLength);
        const { prefixLength } = own;
        const there = this.#tables[prefixLength]?.get(destination);
        if (there?.some((route) => route.interfaceIndex === each.index)) continue;
        this.#insert({
          destination,
          prefixLength,
          via: undefined,
          interfaceIndex: each.index,
          metric: 0,
          kind: 'unicast',
          source: own.address,
          origin: 'connected',
        });
      }
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

  /** All routes, longest prefix first, then by metric. */
  list(): Route[] {
    return this.#lengths.flatMap((length) => [...this.#tables[length]!.values()].flat());
  }

  /**
   * Adds a route. Throws NetworkError: NETWORK_BAD_ROUTE; NETWORK_GATEWAY_UNREACHABLE if the
   * gateway is on none of our links; NETWORK_ROUTE_EXISTS if there is a route with the same prefix
   * and metric.
   */
  add(config: RouteConfig): Route {
    const route = this.#check(config);
    const there = this.#tables[route.prefixLength]?.get(route.destination);
    if (there?.some((other) => other.metric === route.metric)) {
      throw new NetworkError(
        'NETWORK_ROUTE_EXISTS',
        `route ${name(route)}: a route with this prefix and metric exists already`,
      );
    }
    this.#insert(route);
    return route;
  }

  /** Deletes the first route that matches and returns it. Undefined where none matches. */
  delete(match: RouteMatch): Route | undefined {
    const table = this.#tables[match.prefixLength];
    const routes = table?.get(match.destination);
    const at = routes?.findIndex((route) => matches(route, match)) ?? -1;
    if (table === undefined || routes === undefined || at < 0) return undefined;
    const [route] = routes.splice(at, 1);
    if (routes.length === 0) table.delete(match.destination);
    if (table.size === 0) {
      this.#tables[match.prefixLength] = undefined;
      this.#lengths = this.#lengths.filter((length) => length !== match.prefixLength);
    }
    this.#cache.clear();
    return route;
  }

  #find(destination: IpAddress, interfaceIndex: number | undefined): Route | undefined {
    for (const length of this.#lengths) {
      const routes = this.#tables[length]!.get(networkOf(destination, length));
      if (routes === undefined) continue;
      if (interfaceIndex === undefined) return routes[0];
      for (const route of routes) {
        if (route.kind !== 'unicast' || route.interfaceIndex === interfaceIndex) return route;
      }
    }
    return undefined;
  }

  #insert(route: Route): void {
    const { prefixLength } = route;
    let table = this.#tables[prefixLength];
    if (table === undefined) {
      table = new Map();
      this.#tables[prefixLength] = table;
      this.#lengths = [...this.#lengths, prefixLength].sort((a, b) => b - a);
    }
    const routes = [...(table.get(route.destination) ?? []), route];
    table.set(
      route.destination,
      routes.sort((a, b) => a.metric - b.metric),
    );
    this.#cache.clear();
  }

  #check(config: RouteConfig): Route {
    const { destination, prefixLength, via, source } = config;
    const kind = config.kind ?? 'unicast';
    const metric = config.metric ?? 0;
    const bad = (what: string) =>
      new NetworkError('NETWORK_BAD_ROUTE', `route ${name(config)}: ${what}`);
    if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
      throw bad('the prefix must have 0 to 32 bits');
    }
    if (networkOf(destination, prefixLength) !== destination) {
      throw bad('the destination has bits set behind its prefix');
    }
    if (!Number.isInteger(metric) || metric < 0 || metric > 0xffffffff) {
      throw bad(`metric ${metric} must be from 0 to 2^32 - 1`);
    }
    if (source !== undefined && !this.#interfaces.isOwn(source)) {
      throw bad(`source ${formatIpv4(source)} is not one of our addresses`);
    }
    const base = { destination, prefixLength, metric, kind, source, origin: 'static' as const };
    if (kind !== 'unicast') {
      if (via !== undefined) throw bad(`a ${kind} route has no gateway`);
      return { ...base, via: undefined, interfaceIndex: 0 };
    }
    return { ...base, via, interfaceIndex: this.#checkInterface(config, bad) };
  }

  #checkInterface(config: RouteConfig, bad: (what: string) => NetworkError): number {
    const { via, interfaceIndex } = config;
    if (interfaceIndex !== undefined) {
      if (interfaceIndex === LOOPBACK_INDEX || !this.#interfaces.byIndex(interfaceIndex)) {
        throw bad(`there is no interface ${interfaceIndex}`);
      }
    } else if (via === undefined) {
      throw bad('neither gateway nor interface is given');
    }
    if (via === undefined) return interfaceIndex!;
    const on = this.#interfaces.all.find(
      (each) =>
        (interfaceIndex === undefined || each.index === interfaceIndex) &&
        each.index !== LOOPBACK_INDEX &&
        this.#interfaces.isNeighbour(via, each),
    );
    if (on === undefined) {
      throw new NetworkError(
        'NETWORK_GATEWAY_UNREACHABLE',
        `route ${name(config)}: gateway ${formatIpv4(via)} is in no subnet of the interface`,
      );
    }
    return on.index;
  }
}

function matches(route: Route, match: RouteMatch): boolean {
  return (
    (match.via === undefined || match.via === route.via) &&
    (match.interfaceIndex === undefined || match.interfaceIndex === route.interfaceIndex) &&
    (match.metric === undefined || match.metric === route.metric) &&
    (match.kind === undefined || match.kind === route.kind)
  );
}

function name(route: { destination: IpAddress; prefixLength: number }): string {
  return `${formatIpv4(route.destination)}/${route.prefixLength}`;
}
