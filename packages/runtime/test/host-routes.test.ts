import { parseIpv4 } from '@strata/wire';
import {
  formatRoute,
  type HostRoute,
  overlappingRoute,
  parseOwnAddresses,
  parseRouteTable,
} from '../src/devices/host-routes.ts';

/** From a Linux 6.1 host: a default route, a network, a part of it, and an unreachable one. */
const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT                                                       
eth0	00000000	0102A8C0	0003	0	0	100	00000000	0	0	0                                                                               
eth0	0002A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0                                                                               
dum0	050200C0	00000000	0001	0	0	0	FFFFFFFF	0	0	0                                                                               
*	000000CB	00000000	0201	0	0	0	000000FF	0	0	0                                                                               
`;

function network(text: string) {
  const [address, prefixLength] = text.split('/');
  return { address: parseIpv4(address!)!, prefixLength: Number(prefixLength) };
}

function route(text: string, device = 'eth0'): HostRoute {
  const { address, prefixLength } = network(text);
  return { device, network: address, prefixLength };
}

describe("The kernel's table of routes", () => {
  it('is read, without the routes that refuse packets', () => {
    const routes = parseRouteTable(TABLE, true).map((it) => `${formatRoute(it)} ${it.device}`);
    expect(routes).toEqual(['0.0.0.0/0 eth0', '192.168.2.0/24 eth0', '192.0.2.5/32 dum0']);
  });

  it("has its addresses in the machine's octet order", () => {
    const table = 'Iface\neth0\tC0000200\t00000000\t0001\t0\t0\t0\tFFFFFF00\t0\t0\t0\n';
    expect(parseRouteTable(table, false)).toEqual([route('192.0.2.0/24')]);
  });
});

/** Of a host with 192.0.2.77/24 on the loopback interface, and 198.51.100.1/24 on another one. */
const TRIE = `Main:
  +-- 0.0.0.0/0 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     +-- 192.0.2.0/24 2 0 1
        |-- 192.0.2.0
           /24 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
     |-- 198.51.100.0
        /24 link UNICAST
     |-- 198.51.100.1
        /32 host LOCAL
`;

describe("The kernel's own addresses", () => {
  it('are read: they include all addresses of a network on the loopback interface', () => {
    expect(parseOwnAddresses(TRIE).map(formatRoute)).toEqual([
      '127.0.0.0/8',
      '192.0.2.0/24',
      '198.51.100.1/32',
    ]);
  });

  it('count as routes that a TAP would take, except those on the device itself', () => {
    const own = parseOwnAddresses(TRIE);
    const found = (text: string, device: string) =>
      overlappingRoute([...own, route('198.51.100.0/24', 'strata0')], network(text), device);
    expect(found('192.0.2.1/24', 'strata0')).toMatchObject({ prefixLength: 24, device: undefined });
    expect(found('198.51.100.9/24', 'strata0')).toBeUndefined();
    expect(found('198.51.100.9/24', 'strata1')).toBeDefined();
  });
});

describe('A route', () => {
  it.each([
    ['the network itself', '192.0.2.0/24'],
    ['a part of it', '192.0.2.128/25'],
    ['one host of it', '192.0.2.77/32'],
    ['a network that it is a part of', '192.0.0.0/16'],
  ])('overlaps 192.0.2.1/24 if it leads to %s', (_, text) => {
    expect(overlappingRoute([route(text)], network('192.0.2.1/24'), 'strata0')).toEqual(
      route(text),
    );
  });

  it.each([
    ['another network', '192.0.3.0/24'],
    ['everywhere', '0.0.0.0/0'],
    ['a half of everywhere, as VPNs have it', '128.0.0.0/1'],
  ])('does not overlap it if it leads to %s', (_, text) => {
    const found = overlappingRoute([route(text)], network('192.0.2.1/24'), 'strata0');
    expect(found).toBeUndefined();
  });

  it('does not count if it leads to the device itself, which existed before', () => {
    const own = route('192.0.2.0/24', 'strata0');
    expect(overlappingRoute([own], network('192.0.2.1/24'), 'strata0')).toBeUndefined();
  });
});
