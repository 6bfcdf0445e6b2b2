import { formatIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { NetworkCore, RouteConfig } from '../src/index.ts';
import { FAR, HOST, host, ip, PEER } from './network-kit.ts';

const TO_FAR = { destination: FAR, prefixLength: 32 };
const OTHER = ip('192.0.2.9');

/** The gateways of the routes to FAR, the first one first. */
const gateways = (core: NetworkCore) =>
  core
    .routes()
    .filter(({ destination }) => destination === FAR)
    .map(({ via, metric }) => `${formatIpv4(via ?? UNSPECIFIED_IPV4)} ${metric}`);

const code = (of: string) => expect.objectContaining({ code: of });

describe('the ways to add a route (rtnetlink: NLM_F_EXCL, NLM_F_APPEND, NLM_F_REPLACE)', () => {
  it('add refuses a second route with the same prefix and metric, and takes another metric', () => {
    const core = host();
    core.addRoute({ ...TO_FAR, via: PEER });
    expect(() => core.addRoute({ ...TO_FAR, via: OTHER })).toThrow(code('NETWORK_ROUTE_EXISTS'));
    core.addRoute({ ...TO_FAR, via: OTHER, metric: 7 });
    expect(gateways(core)).toEqual(['192.0.2.1 0', '192.0.2.9 7']);
  });

  it('append puts it behind, prepend before those with the same metric; never the same one twice', () => {
    const core = host();
    core.addRoute({ ...TO_FAR, via: PEER });
    core.addRoute({ ...TO_FAR, via: OTHER }, 'append');
    core.addRoute({ ...TO_FAR, via: ip('192.0.2.8') }, 'prepend');
    expect(gateways(core)).toEqual(['192.0.2.8 0', '192.0.2.1 0', '192.0.2.9 0']);
    const again = () => core.addRoute({ ...TO_FAR, via: OTHER }, 'append');
    expect(again).toThrow(code('NETWORK_ROUTE_EXISTS'));
    expect(core.routeTo(FAR, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({ via: ip('192.0.2.8') });
  });

  it('change needs a route with the prefix and metric; replace makes one', () => {
    const core = host();
    const change = () => core.addRoute({ ...TO_FAR, via: PEER }, 'change');
    expect(change).toThrow(code('NETWORK_NO_ROUTE'));
    core.addRoute({ ...TO_FAR, via: PEER }, 'replace');
    core.addRoute({ ...TO_FAR, via: OTHER }, 'replace');
    expect(gateways(core)).toEqual(['192.0.2.9 0']);
    core.addRoute({ ...TO_FAR, via: PEER }, 'change');
    expect(gateways(core)).toEqual(['192.0.2.1 0']);
  });

  it('delete takes what is named: source and protocol too', () => {
    const core = host();
    core.addRoute({ ...TO_FAR, via: PEER, protocol: 4 });
    expect(core.deleteRoute({ ...TO_FAR, protocol: 3 })).toBeUndefined();
    expect(core.deleteRoute({ ...TO_FAR, source: HOST })).toBeUndefined();
    expect(core.deleteRoute({ ...TO_FAR, protocol: 4 })).toMatchObject({ via: PEER });
  });

  it.each<[string, Partial<RouteConfig>, string]>([
    ['a protocol above 255', { via: PEER, protocol: 256 }, 'NETWORK_BAD_ROUTE'],
    ['an MTU that IPv4 does not allow', { via: PEER, mtu: 67 }, 'NETWORK_BAD_ROUTE'],
  ])('refuses %s', (_name, config, wanted) => {
    expect(() => host().addRoute({ ...TO_FAR, ...config })).toThrow(code(wanted));
  });
});

describe('a route', () => {
  it('with an MTU lowers that of its path, never above the interface’s', () => {
    const core = host();
    core.addRoute({ ...TO_FAR, via: PEER, mtu: 1300 });
    expect(core.sourceFor(FAR, 0)).toMatchObject({ mtu: 1300 });
    core.addRoute({ ...TO_FAR, via: PEER, mtu: 9000 }, 'change');
    expect(core.sourceFor(FAR, 0)).toMatchObject({ mtu: 1500 });
  });

  it('of type throw ends the lookup, though a shorter prefix matches', () => {
    const core = host();
    core.addRoute({ ...TO_FAR, kind: 'throw' });
    expect(core.routeTo(FAR, UNSPECIFIED_IPV4, 0, 0)).toEqual({ kind: 'none', why: 'no route' });
  });
});

describe('routeTo()', () => {
  it('tells the way: gateway, interface and source', () => {
    const core = host();
    expect(core.routeTo(FAR, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({
      kind: 'path',
      type: 'unicast',
      via: PEER,
      interfaceIndex: 1,
      source: HOST,
      mtu: 1500,
    });
    expect(core.routeTo(PEER, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({ via: undefined });
    expect(core.routeTo(HOST, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({ type: 'local' });
    const broadcast = core.routeTo(ip('192.0.2.255'), UNSPECIFIED_IPV4, 0, 0);
    expect(broadcast).toMatchObject({ type: 'broadcast', interfaceIndex: 1 });
  });

  it('refuses a source that is not ours', () => {
    expect(host().routeTo(FAR, PEER, 0, 0)).toEqual({ kind: 'none', why: 'source' });
  });
});
