import type { IpAddress } from '@strata/wire';
import { NetworkError, type NexthopConfig } from '../src/index.ts';
import { drain, host, icmp, ip, onlyPacket, packet, pattern, send, udp } from './network-kit.ts';
import { LEFT, ROUTER, router, take, transit } from './router-kit.ts';

const ONE = ip('198.51.100.11');
const OTHER = ip('198.51.100.12');
const everywhere = { destination: ip('0.0.0.0'), prefixLength: 0 };
const through = (...nexthops: NexthopConfig[]) => [{ ...everywhere, nexthops }];
const TWO = through({ via: ONE }, { via: OTHER });

/** Where the router sends a packet. */
function hop(core: ReturnType<typeof router>, bytes: Uint8Array): IpAddress {
  take(core, bytes);
  return onlyPacket(core).request.nextHop;
}

const far = (last: number) => ip(`8.8.${last >>> 8}.${last & 255}`);
const toFar = (last: number, ports: readonly [number, number] = [40000, 7]) =>
  transit({ destination: far(last), payload: udp(LEFT, far(last), pattern(10), ports) });

describe('a route with several ways', () => {
  it('sends each flow one way, always the same', () => {
    const core = router({ routes: TWO });
    for (let last = 0; last < 50; last += 1) {
      const first = hop(core, toFar(last));
      expect(hop(core, toFar(last))).toBe(first);
    }
  });

  it.each([
    [1, 1],
    [3, 1],
    [1, 256],
  ])('spreads the flows by weight %i to %i', (a, b) => {
    const core = router({ routes: through({ via: ONE, weight: a }, { via: OTHER, weight: b }) });
    let ones = 0;
    const flows = 2000;
    for (let last = 0; last < flows; last += 1) if (hop(core, toFar(last)) === ONE) ones += 1;
    expect(Math.abs(ones / flows - a / (a + b))).toBeLessThan(0.04);
  });

  it('tells flows apart by their addresses, or also by their ports', () => {
    const core = router({ routes: TWO });
    const ways = () => {
      const ports = Array.from({ length: 40 }, (_, n) => hop(core, toFar(1, [40000 + n, 7])));
      return new Set(ports).size;
    };
    expect(ways()).toBe(1);
    core.setSysctl({ fib_multipath_hash_policy: 1 });
    expect(ways()).toBe(2);
  });

  it('sends all fragments of a datagram one way, though only the first has ports', () => {
    const core = router({ routes: TWO, sysctl: { fib_multipath_hash_policy: 1 } });
    for (let last = 0; last < 30; last += 1) {
      const fields = { destination: far(last), payload: pattern(64), identification: last };
      const first = hop(core, transit({ ...fields, moreFragments: true }));
      expect(hop(core, transit({ ...fields, fragmentOffsetOctets: 64 }))).toBe(first);
    }
  });

  it('sends an ICMP error the way of the flow that it is about', () => {
    const core = router({ routes: TWO });
    for (let last = 0; last < 30; last += 1) {
      const flow = toFar(last);
      const way = hop(core, flow.slice());
      const error = transit({
        destination: far(last),
        source: ip('192.0.2.99'),
        protocol: 1,
        payload: icmp(3, 3, flow),
      });
      expect(hop(core, error)).toBe(way);
    }
  });

  it('holds for our own packets, too', () => {
    const core = router({ routes: TWO });
    const ways = new Set<IpAddress>();
    for (let last = 0; last < 30; last += 1) {
      core.handleRequest(send({ source: ip('198.51.100.2'), destination: far(last) }), 0);
      ways.add(onlyPacket(core).request.nextHop);
    }
    expect([...ways].sort()).toEqual([ONE, OTHER].sort());
  });

  it('has several interfaces, and uses those that are up', () => {
    const core = router({ routes: through({ via: ONE }, { via: ip('10.0.0.9') }) });
    const interfaces = (isUp: boolean) =>
      ROUTER.interfaces.map((each) => (each.index === 3 ? { ...each, isUp } : each));
    const used = () => {
      const all = new Set<number>();
      for (let last = 0; last < 40; last += 1) {
        take(core, toFar(last));
        all.add(onlyPacket(core).request.interfaceIndex);
      }
      return [...all].sort();
    };
    expect(used()).toEqual([2, 3]);
    core.setInterfaces(interfaces(false));
    expect(used()).toEqual([2]);
    core.setInterfaces(interfaces(true));
    expect(used()).toEqual([2, 3]);
  });

  it('is gone when the last of its interfaces is', () => {
    const core = router({ routes: TWO });
    core.setInterfaces(
      ROUTER.interfaces.map((each) => (each.index === 2 ? { ...each, isUp: false } : each)),
    );
    expect(take(core, toFar(1))).toBe('IP_INNOROUTES');
    expect(core.routes().some(({ nexthops }) => nexthops !== undefined)).toBe(false);
  });

  it('is strict about sources by any of its interfaces (rp_filter)', () => {
    const ways = through({ via: ip('192.0.2.77') }, { via: ONE });
    const core = router({ routes: ways, sysctl: { 'conf.all.rp_filter': 1 } });
    const bytes = () => packet({ source: far(1), destination: ip('10.0.0.1'), protocol: 17 });
    expect(take(core, bytes(), { interfaceIndex: 1 })).toBe('strata/FORWARDED');
    expect(take(core, bytes(), { interfaceIndex: 2 })).toBe('strata/FORWARDED');
    expect(take(core, bytes(), { interfaceIndex: 3 })).toBe('IP_RPFILTER');
  });

  it('is listed with its ways, and found by any of them to be deleted', () => {
    const core = router({ routes: through({ via: ONE, weight: 2 }, { via: OTHER }) });
    const listed = core.routes().find(({ prefixLength }) => prefixLength === 0)!;
    expect(listed.nexthops).toEqual([
      { via: ONE, interfaceIndex: 2, weight: 2 },
      { via: OTHER, interfaceIndex: 2, weight: 1 },
    ]);
    expect(core.deleteRoute({ ...everywhere, via: OTHER })).toBe(listed);
    expect(drain(core).link).toEqual([]);
  });

  it.each([
    ['no ways', { nexthops: [] }],
    ['a gateway beside them', { nexthops: [{ via: ONE }], via: OTHER }],
    ['a weight of 0', { nexthops: [{ via: ONE, weight: 0 }] }],
    ['a weight of 257', { nexthops: [{ via: ONE, weight: 257 }] }],
    ['a way without gateway and interface', { nexthops: [{}] }],
    ['ways though it sends nothing', { nexthops: [{ via: ONE }], kind: 'blackhole' as const }],
  ])('is refused with %s', (_, fields) => {
    expect(() => host({ ...ROUTER, routes: [{ ...everywhere, ...fields }] })).toThrow(NetworkError);
  });
});
