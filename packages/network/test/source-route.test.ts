import { drain, ip, onlyIcmp, onlyPacket, onlySegment, packet, pattern } from './network-kit.ts';
import {
  BEYOND,
  GATEWAY,
  LEFT,
  LOOSE,
  octets,
  RIGHT,
  ROUTER_LEFT,
  ROUTER_RIGHT,
  routeOf,
  router,
  STRICT,
  take,
  transit,
} from './router-kit.ts';

/** A packet to the router's eth0, whose source route goes on. */
const toUs = (options: Uint8Array, more: object = {}) =>
  transit({ destination: ROUTER_LEFT, options, payload: pattern(40), ...more });
const accepting = () => router({ sysctl: { 'conf.all.accept_source_route': 1 } });

describe('a source route', () => {
  it('is refused by default (RFC 7126 4.3)', () => {
    const core = router();
    expect(take(core, toUs(routeOf(LOOSE, 4, '198.51.100.1')))).toBe('strata/SOURCE_ROUTE');
    expect(drain(core).link).toEqual([]);
    expect(core.counters().StrataInSourceRoutes).toBe(1);
  });

  it.each([LOOSE, STRICT])('%i leads to its next hop, and our address takes its place', (type) => {
    const core = accepting();
    expect(take(core, toUs(routeOf(type, 4, '198.51.100.1', '203.0.113.9')))).toBe(
      'strata/FORWARDED',
    );
    const { request, ip: header } = onlyPacket(core);
    expect(request).toMatchObject({ interfaceIndex: 2, nextHop: RIGHT });
    expect([header.source, header.destination, header.ttl]).toEqual([LEFT, RIGHT, 63]);
    expect(header.options).toEqual(routeOf(type, 8, '198.51.100.2', '203.0.113.9'));
  });

  it('passes over our own addresses', () => {
    const core = accepting();
    take(core, toUs(routeOf(LOOSE, 4, '198.51.100.2', '198.51.100.1')));
    const { ip: header } = onlyPacket(core);
    expect(header.destination).toBe(RIGHT);
    expect(header.options).toEqual(routeOf(LOOSE, 12, '198.51.100.2', '198.51.100.2'));
  });

  it('that is loose may take gateways on the way', () => {
    const core = accepting();
    take(core, toUs(routeOf(LOOSE, 4, '203.0.113.9')));
    const { request, ip: header } = onlyPacket(core);
    expect([request.nextHop, header.destination]).toEqual([GATEWAY, BEYOND]);
  });

  it('that is strict may not: source route failed (RFC 1812 5.2.7.1)', () => {
    const core = accepting();
    expect(take(core, toUs(routeOf(STRICT, 4, '203.0.113.9')))).toBe('strata/STRICT_SOURCE_ROUTE');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.code]).toEqual([3, 5]);
  });

  it.each(['8.8.8.8', '203.0.113.70', '203.0.113.130'])(
    'to %s, which no route takes on: source route failed (RFC 1812 5.2.7.1)',
    (hop) => {
      const core = accepting();
      take(core, toUs(routeOf(LOOSE, 4, hop)));
      const { icmp: message } = onlyIcmp(core);
      expect([message.type, message.code]).toEqual([3, 5]);
    },
  );

  it('to a blackhole ends in silence', () => {
    const core = accepting();
    take(core, toUs(routeOf(LOOSE, 4, '203.0.113.200')));
    expect(drain(core).link).toEqual([]);
  });

  it('that ends here hands the packet up (RFC 1122 3.2.1.8 (c))', () => {
    const core = accepting();
    expect(take(core, toUs(routeOf(LOOSE, 8, '198.51.100.2')))).toBe('CONSUMED');
    expect(onlySegment(core).destination).toBe(ROUTER_LEFT);
  });

  it('of a packet that only passes by is left alone, if it is loose', () => {
    const core = accepting();
    const options = routeOf(LOOSE, 4, '203.0.113.9');
    expect(take(core, transit({ options }))).toBe('strata/FORWARDED');
    expect(onlyPacket(core).ip.options).toEqual(options);
  });

  it('that is strict never passes by: a parameter problem at the destination', () => {
    const core = accepting();
    expect(take(core, transit({ options: routeOf(STRICT, 4, '203.0.113.9') }))).toBe(
      'strata/STRICT_SOURCE_ROUTE',
    );
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.pointer]).toEqual([12, 16]);
  });

  it('that points to a part of an address is a parameter problem at its pointer', () => {
    const core = accepting();
    const option = Uint8Array.from([1, LOOSE, 6, 4, 1, 2, 3, 0]);
    expect(take(core, toUs(option))).toBe('strata/IP_OPTION');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.pointer]).toEqual([12, 23]);
  });

  it.each(['224.0.0.1', '198.51.100.255', '127.0.0.1'])('to %s is refused', (hop) => {
    const core = accepting();
    const outcome = take(core, toUs(routeOf(LOOSE, 4, hop)));
    // 127.0.0.1 is our own: the route ends here.
    expect(outcome).toBe(hop === '127.0.0.1' ? 'CONSUMED' : 'strata/SOURCE_ROUTE');
  });

  it('is not followed by a host that accepts it but does not forward (RFC 1122 3.3.5)', () => {
    const core = router({ sysctl: { 'conf.all.accept_source_route': 1, ip_forward: 0 } });
    expect(take(core, toUs(routeOf(LOOSE, 4, '198.51.100.1')))).toBe('strata/SOURCE_ROUTE');
  });

  it('makes no redirect', () => {
    const core = accepting();
    take(core, toUs(routeOf(LOOSE, 4, '192.0.2.77')));
    expect(drain(core).link).toHaveLength(1);
  });

  it('is recorded beside a record route', () => {
    const core = accepting();
    const record = [7, 7, 4, 0, 0, 0, 0];
    const options = Uint8Array.from([LOOSE, 7, 4, ...octets('198.51.100.1'), ...record, 0, 0]);
    take(core, packet({ protocol: 17, source: LEFT, destination: ROUTER_LEFT, options }));
    const own = octets('198.51.100.2');
    expect(ROUTER_RIGHT).toBe(ip('198.51.100.2'));
    expect([...onlyPacket(core).ip.options]).toEqual([LOOSE, 7, 8, ...own, 7, 7, 8, ...own, 0, 0]);
  });

  it('is one too many beside another one, of whichever kind (RFC 1122 3.2.1.8 (c))', () => {
    const core = accepting();
    const two = [
      ...routeOf(LOOSE, 8, '192.0.2.7').subarray(0, 7),
      ...routeOf(STRICT, 8, '192.0.2.7'),
    ];
    expect(take(core, toUs(Uint8Array.from([...two, 0])))).toBe('strata/IP_OPTION');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.pointer]).toEqual([12, 27]);
  });
});
