import { formatIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { InterfaceConfig, NetworkCore } from '../src/index.ts';
import { CONFIG, drain, FAR, fromLink, HOST, host, ip, PEER, packet, send } from './network-kit.ts';

const [ETH0, ETH1] = CONFIG.interfaces as [InterfaceConfig, InterfaceConfig];
const NEW = { address: ip('203.0.113.5'), prefixLength: 24 };

const listed = (core: NetworkCore) =>
  core.routes().map((each) => `${formatIpv4(each.destination)}/${each.prefixLength}`);

const change = (core: NetworkCore, changes: Partial<InterfaceConfig>) =>
  core.setInterfaces([{ ...ETH0, ...changes }, ETH1]);

describe('an interface that goes down', () => {
  it('takes all its routes along (fib_sync_down_dev()), and the way is gone', () => {
    const core = host();
    change(core, { isUp: false });
    expect(listed(core)).toEqual(['10.0.0.0/8']);
    expect(core.routeTo(PEER, UNSPECIFIED_IPV4, 0, 0)).toEqual({ kind: 'none', why: 'no route' });
    expect(core.routeTo(PEER, UNSPECIFIED_IPV4, 1, 0)).toEqual({ kind: 'none', why: 'no route' });
  });

  it('keeps its addresses: they stay local', () => {
    const core = host();
    change(core, { isUp: false });
    expect(core.routeTo(HOST, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({ type: 'local' });
  });

  it('takes no route over it', () => {
    const core = host();
    change(core, { isUp: false });
    const add = () => core.addRoute({ destination: FAR, prefixLength: 32, interfaceIndex: 1 });
    expect(add).toThrow(expect.objectContaining({ code: 'NETWORK_INTERFACE_DOWN' }));
  });

  it('comes back with its connected route, without the routes that a person added', () => {
    const core = host();
    change(core, { isUp: false });
    change(core, { isUp: true });
    expect(listed(core)).toEqual(['192.0.2.0/24', '10.0.0.0/8']);
  });
});

describe('an address', () => {
  it('that comes brings its connected route, and is ours at once', () => {
    const core = host();
    change(core, { addresses: [...ETH0.addresses, NEW] });
    expect(listed(core)).toContain('203.0.113.0/24');
    expect(core.routeTo(NEW.address, UNSPECIFIED_IPV4, 0, 0)).toMatchObject({ type: 'local' });
    core.handleIndication(fromLink(packet({ destination: NEW.address })), 0);
    expect(drain(core).up).toHaveLength(1);
  });

  it('that goes takes its subnet’s route and those with it as source; the others stay', () => {
    const core = host();
    change(core, { addresses: [...ETH0.addresses, NEW] });
    core.addRoute({ destination: FAR, prefixLength: 32, via: PEER, source: NEW.address });
    core.addRoute({ destination: ip('198.51.100.8'), prefixLength: 32, via: ip('203.0.113.1') });
    change(core, {});
    // A gateway is checked when its route is added only, as in Linux.
    expect(listed(core)).toEqual(['198.51.100.8/32', '192.0.2.0/24', '10.0.0.0/8', '0.0.0.0/0']);
  });

  it('that was the last of its interface takes all its routes', () => {
    const core = host();
    change(core, { addresses: [] });
    expect(listed(core)).toEqual(['10.0.0.0/8']);
  });

  it('that is gone is no source any more: what transport still sends from it is dropped', () => {
    const core = host();
    change(core, { addresses: [NEW] });
    expect(core.handleRequest(send({ source: HOST, destination: FAR }), 0)).toBe(
      'strata/NOT_OWN_SOURCE',
    );
    drain(core);
  });

  it('of a connected route that a person deleted does not bring it back with another address', () => {
    const core = host();
    core.deleteRoute({ destination: ip('192.0.2.0'), prefixLength: 24 });
    change(core, { addresses: [...ETH0.addresses, NEW] });
    expect(listed(core)).toEqual(['203.0.113.0/24', '10.0.0.0/8', '0.0.0.0/0']);
  });

  it('that is wrong changes nothing', () => {
    const core = host();
    const before = core.routes();
    const wrong = { address: ip('203.0.113.255'), prefixLength: 24 };
    expect(() => change(core, { addresses: [wrong] })).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_ADDRESS' }),
    );
    expect(core.routes()).toEqual(before);
    expect(core.addresses()[1]).toEqual(ETH0);
  });
});

describe('the MTU of an interface', () => {
  it('counts from the next packet on', () => {
    const core = host();
    change(core, { mtu: 1000 });
    expect(core.sourceFor(FAR, 0)).toMatchObject({ mtu: 1000 });
  });
});
