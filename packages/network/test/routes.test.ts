import {
  formatIpv4,
  type IpAddress,
  inPrefix,
  ipv4Address,
  networkOf,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import fc from 'fast-check';
import { NetworkError, type RouteConfig } from '../src/index.ts';
import { Interfaces } from '../src/interfaces.ts';
import { Routes } from '../src/routing/routes.ts';
import { CONFIG, drain, FAR, host, ip, PEER, send } from './network-kit.ts';

const interfaces = new Interfaces(CONFIG.interfaces);

/** Few networks, so that prefixes nest and metrics compete. */
const address = fc
  .tuple(fc.constantFrom(0xc6336400, 0xc6330000, 0x08080808, 0xc6336480), fc.nat(255))
  .map(([base, low]) => ipv4Address((base | low) >>> 0));
const route = fc
  .record({
    destination: address,
    prefixLength: fc.constantFrom(0, 1, 7, 8, 15, 16, 22, 24, 25, 26, 31, 32),
    metric: fc.nat(3),
    interfaceIndex: fc.constantFrom(1, 2),
    kind: fc.constantFrom('unicast' as const, 'unicast' as const, 'blackhole' as const),
  })
  .map((made) => ({
    ...made,
    destination: networkOf(made.destination, made.prefixLength),
  }));

describe('longest prefix match (RFC 1122 3.3.1, RFC 1812 5.2.4.3)', () => {
  it('finds the same as a search of all routes, while routes come and go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), route), { maxLength: 40 }),
        fc.array(address, { minLength: 1, maxLength: 20 }),
        (changes, destinations) => {
          const routes = new Routes(interfaces);
          const naive: RouteConfig[] = routes.list().map((each) => ({ ...each }));
          for (const [isAdded, config] of changes) {
            change(routes, naive, isAdded, config);
            for (const destination of destinations) compare(routes, naive, destination);
          }
        },
      ),
    );
  });

  it('uses the default route if no other route matches', () => {
    const routes = new Routes(interfaces);
    expect(routes.lookup(FAR)).toBeUndefined();
    routes.add({ destination: UNSPECIFIED_IPV4, prefixLength: 0, via: PEER });
    expect(routes.lookup(FAR)).toMatchObject({ prefixLength: 0, via: PEER, interfaceIndex: 1 });
    expect(routes.lookup(ip('10.3.3.3'))).toMatchObject({ prefixLength: 8, origin: 'connected' });
  });
});

describe('the routing table', () => {
  it('holds the connected routes from the start and lists the longest prefix first', () => {
    const listed = host()
      .routes()
      .map((each) => `${formatIpv4(each.destination)}/${each.prefixLength} ${each.origin}`);
    expect(listed).toEqual(['192.0.2.0/24 connected', '10.0.0.0/8 connected', '0.0.0.0/0 static']);
  });

  it.each<[string, RouteConfig, string]>([
    [
      'a prefix of 33 bits',
      { destination: UNSPECIFIED_IPV4, prefixLength: 33, via: PEER },
      'NETWORK_BAD_ROUTE',
    ],
    [
      'bits set behind the prefix',
      { destination: ip('10.0.0.1'), prefixLength: 8, via: PEER },
      'NETWORK_BAD_ROUTE',
    ],
    ['neither gateway nor interface', { destination: FAR, prefixLength: 32 }, 'NETWORK_BAD_ROUTE'],
    [
      'an interface that is not there',
      { destination: FAR, prefixLength: 32, interfaceIndex: 5 },
      'NETWORK_BAD_ROUTE',
    ],
    [
      'a gateway for a blackhole',
      { destination: FAR, prefixLength: 32, via: PEER, kind: 'blackhole' },
      'NETWORK_BAD_ROUTE',
    ],
    [
      'a source that is not ours',
      { destination: FAR, prefixLength: 32, via: PEER, source: PEER },
      'NETWORK_BAD_ROUTE',
    ],
    [
      'a negative metric',
      { destination: FAR, prefixLength: 32, via: PEER, metric: -1 },
      'NETWORK_BAD_ROUTE',
    ],
    [
      'a gateway on none of our links',
      { destination: FAR, prefixLength: 32, via: ip('203.0.113.1') },
      'NETWORK_GATEWAY_UNREACHABLE',
    ],
    [
      'a gateway on another link',
      { destination: FAR, prefixLength: 32, via: PEER, interfaceIndex: 2 },
      'NETWORK_GATEWAY_UNREACHABLE',
    ],
    [
      'itself as gateway',
      { destination: FAR, prefixLength: 32, via: ip('192.0.2.2') },
      'NETWORK_GATEWAY_UNREACHABLE',
    ],
    [
      'a broadcast address as gateway',
      { destination: FAR, prefixLength: 32, via: ip('192.0.2.255') },
      'NETWORK_GATEWAY_UNREACHABLE',
    ],
    [
      'the prefix and metric of an existing route',
      { destination: UNSPECIFIED_IPV4, prefixLength: 0, via: ip('192.0.2.9') },
      'NETWORK_ROUTE_EXISTS',
    ],
  ])('refuses %s', (_name, config, code) => {
    const core = host();
    const before = core.routes();
    expect(() => core.addRoute(config)).toThrow(expect.objectContaining({ code }));
    expect(() => core.addRoute(config)).toThrow(NetworkError);
    expect(core.routes()).toEqual(before);
  });

  it('may change between packets', () => {
    const core = host();
    const nextHop = () => {
      core.handleRequest(send(), 0);
      return drain(core).link[0]?.nextHop;
    };
    expect(nextHop()).toBe(PEER);
    core.addRoute({ destination: FAR, prefixLength: 32, via: ip('192.0.2.9'), metric: 10 });
    expect(nextHop()).toBe(ip('192.0.2.9'));
    core.addRoute({ destination: FAR, prefixLength: 32, via: ip('10.0.0.9'), metric: 5 });
    expect(nextHop()).toBe(ip('10.0.0.9'));
    expect(core.deleteRoute({ destination: FAR, prefixLength: 32, metric: 5 })?.via).toBe(
      ip('10.0.0.9'),
    );
    expect(nextHop()).toBe(ip('192.0.2.9'));
    core.deleteRoute({ destination: FAR, prefixLength: 32 });
    expect(core.deleteRoute({ destination: FAR, prefixLength: 32 })).toBeUndefined();
    core.deleteRoute({ destination: UNSPECIFIED_IPV4, prefixLength: 0 });
    expect(nextHop()).toBeUndefined();
    expect(core.counters().IpOutNoRoutes).toBe(1);
  });
});

function change(routes: Routes, naive: RouteConfig[], isAdded: boolean, config: RouteConfig): void {
  const at = naive.findIndex(
    (each) =>
      each.destination === config.destination &&
      each.prefixLength === config.prefixLength &&
      each.metric === config.metric,
  );
  if (isAdded) {
    if (at < 0) naive.push(routes.add(config));
    else expect(() => routes.add(config)).toThrow(NetworkError);
    return;
  }
  const { destination, prefixLength, metric } = config;
  const deleted = routes.delete({ destination, prefixLength, metric });
  expect(deleted !== undefined).toBe(at >= 0);
  if (at >= 0) naive.splice(at, 1);
}

function compare(routes: Routes, naive: RouteConfig[], destination: IpAddress): void {
  const fits = (each: RouteConfig) => inPrefix(destination, each.destination, each.prefixLength);
  const rank = (each: RouteConfig) => each.prefixLength * 10 - (each.metric ?? 0);
  const best = (list: RouteConfig[]) =>
    list
      .filter(fits)
      .reduce<RouteConfig | undefined>(
        (found, each) => (found === undefined || rank(each) > rank(found) ? each : found),
        undefined,
      );
  expect(routes.lookup(destination)).toEqual(best(naive) ?? undefined);
  expect(routes.lookupOn(destination, 2)).toEqual(
    best(naive.filter((each) => each.interfaceIndex === 2 || each.kind !== 'unicast')),
  );
}
