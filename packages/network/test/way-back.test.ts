import { icmp, onlyIcmp, onlyPacket, pattern } from './network-kit.ts';
import {
  BEYOND,
  GATEWAY,
  LEFT,
  LOOSE,
  ROUTER_LEFT,
  ROUTER_RIGHT,
  routeOf,
  router,
  STRICT,
  take,
  transit,
} from './router-kit.ts';

const accepting = () => router({ sysctl: { 'conf.all.accept_source_route': 1 } });
const echoAlong = (options: Uint8Array) =>
  transit({
    destination: ROUTER_LEFT,
    protocol: 1,
    payload: icmp(8, 0, pattern(8), [1, 1]),
    options,
  });

describe('the reply to an echo request that came along a source route', () => {
  it.each([LOOSE, STRICT])('goes back along it, by %i (RFC 1122 3.2.2.6)', (type) => {
    const core = accepting();
    take(core, echoAlong(routeOf(type, 12, '10.0.0.1', '203.0.113.9')));
    const { request, ip: header } = onlyPacket(core);
    expect([request.nextHop, header.source, header.destination]).toEqual([
      GATEWAY,
      ROUTER_LEFT,
      BEYOND,
    ]);
    expect(header.options).toEqual(routeOf(type, 4, '10.0.0.1', '192.0.2.1'));
  });

  it('leaves out the hops that are the router itself', () => {
    const core = accepting();
    take(core, echoAlong(routeOf(LOOSE, 12, '203.0.113.9', '198.51.100.2')));
    const { ip: header } = onlyPacket(core);
    expect(header.destination).toBe(BEYOND);
    expect(header.options).toEqual(routeOf(LOOSE, 4, '192.0.2.1'));
  });

  it('leaves out the sender in front of the route, where it must not be', () => {
    const core = accepting();
    take(core, echoAlong(routeOf(LOOSE, 12, '192.0.2.1', '203.0.113.9')));
    expect(onlyPacket(core).ip.options).toEqual(routeOf(LOOSE, 4, '192.0.2.1'));
  });

  it('goes to the sender without a route, if the sender recorded nobody else', () => {
    const core = accepting();
    take(core, echoAlong(routeOf(LOOSE, 8, '192.0.2.1')));
    const { ip: header } = onlyPacket(core);
    expect([header.destination, header.headerOctets]).toEqual([LEFT, 20]);
  });

  it.each(['224.0.0.1', '198.51.100.255', '0.0.0.0'])(
    'goes to the sender if a hop is %s',
    (hop) => {
      const core = accepting();
      take(core, echoAlong(routeOf(LOOSE, 8, hop)));
      const { ip: header } = onlyPacket(core);
      expect([header.destination, header.headerOctets]).toEqual([LEFT, 20]);
    },
  );
});

describe('an ICMP error about a packet that came along a source route', () => {
  it('goes back along it (RFC 1812 4.3.2.6)', () => {
    const core = accepting();
    const options = routeOf(LOOSE, 8, '203.0.113.9', '198.51.100.1');
    take(core, transit({ destination: ROUTER_LEFT, options, ttl: 1, payload: pattern(1000) }));
    const { ip: header, icmp: message } = onlyIcmp(core);
    expect([message.type, header.destination]).toEqual([11, BEYOND]);
    // RFC 1812 4.3.2.4: from the link that it leaves on.
    expect(header.source).toBe(ROUTER_RIGHT);
    expect(header.options).toEqual(routeOf(LOOSE, 4, '192.0.2.1'));
    expect(header.totalOctets).toBe(576);
  });

  it('does not, if it is a parameter problem: the route may be what is wrong', () => {
    const core = accepting();
    take(core, transit({ options: routeOf(STRICT, 8, '203.0.113.9', '198.51.100.1') }));
    const { ip: header, icmp: message } = onlyIcmp(core);
    expect([message.type, header.destination, header.headerOctets]).toEqual([12, LEFT, 20]);
  });
});
