import { drain, fromLink, icmp, ip, onlyPacket, packet, pattern } from './network-kit.ts';
import { BEYOND, GATEWAY, LEFT, RIGHT, ROUTER_LEFT, router, take, transit } from './router-kit.ts';

const via = (destination: string, prefixLength: number) => ({
  destination: ip(destination),
  prefixLength,
  via: GATEWAY,
});

describe('rp_filter (RFC 3704)', () => {
  it('0: a packet may come from anywhere', () => {
    const core = router();
    expect(take(core, transit({ source: BEYOND }))).toBe('strata/FORWARDED');
    expect(take(core, transit({ source: ip('8.8.8.8') }))).toBe('strata/FORWARDED');
  });

  it.each([
    ['from its own link', LEFT, 'strata/FORWARDED'],
    ['from the link of another interface', RIGHT, 'IP_RPFILTER'],
    ['whose answer would take another interface', BEYOND, 'IP_RPFILTER'],
    ['without a route back', ip('8.8.8.8'), 'IP_RPFILTER'],
    ['whose route back refuses', ip('203.0.113.65'), 'IP_RPFILTER'],
  ])('1, strict: a packet %s', (_, source, outcome) => {
    const core = router({ sysctl: { 'conf.eth0.rp_filter': 1 } });
    expect(take(core, transit({ source, destination: ip('10.0.0.1') }))).toBe(outcome);
    const refused = outcome === 'IP_RPFILTER' ? 1 : 0;
    expect(core.counters().TcpExtIPReversePathFilter).toBe(refused);
    expect(drain(core).link).toHaveLength(1 - refused);
  });

  it('2, loose: there need only be a route back', () => {
    const core = router({ sysctl: { 'conf.all.rp_filter': 2 } });
    expect(take(core, transit({ source: BEYOND }))).toBe('strata/FORWARDED');
    expect(take(core, transit({ source: ip('8.8.8.8') }))).toBe('IP_RPFILTER');
    const more = router({ routes: [via('0.0.0.0', 0)], sysctl: { 'conf.all.rp_filter': 2 } });
    expect(take(more, transit({ source: ip('8.8.8.8') }))).toBe('strata/FORWARDED');
  });

  it('is the larger of all and the interface, and holds for packets to the router too', () => {
    const core = router({ sysctl: { 'conf.all.rp_filter': 1, 'conf.eth0.rp_filter': 0 } });
    const bytes = packet({ source: BEYOND, destination: ROUTER_LEFT });
    expect(core.handleIndication(fromLink(bytes), 0)).toBe('IP_RPFILTER');
  });
});

describe('an address of 127.0.0.0/8 from a link', () => {
  it('is refused as source and as destination (RFC 1812 5.3.7)', () => {
    const core = router();
    expect(take(core, transit({ source: ip('127.0.0.1') }))).toBe('IP_INVALID_SOURCE');
    expect(take(core, transit({ destination: ip('127.0.0.1') }))).toBe('IP_INVALID_DEST');
  });

  it('is good as a destination with route_localnet', () => {
    const core = router({ sysctl: { 'conf.eth0.route_localnet': 1 } });
    expect(take(core, transit({ destination: ip('127.0.0.1') }))).toBe('CONSUMED');
  });

  it('is one of our own addresses as a source with route_localnet: accept_local decides', () => {
    const source = ip('127.0.0.1');
    const localnet = { 'conf.eth0.route_localnet': 1 };
    expect(take(router({ sysctl: localnet }), transit({ source }))).toBe('IP_LOCAL_SOURCE');
    const both = router({ sysctl: { ...localnet, 'conf.eth0.accept_local': 1 } });
    expect(take(both, transit({ source }))).toBe('strata/FORWARDED');
  });

  it('answers with route_localnet, too', () => {
    const core = router({ sysctl: { 'conf.eth0.route_localnet': 1 } });
    const payload = icmp(8, 0, pattern(8));
    take(core, transit({ destination: ip('127.0.0.1'), protocol: 1, payload }));
    expect(onlyPacket(core).ip.source).toBe(ip('127.0.0.1'));
  });
});

describe('log_martians', () => {
  it('tells of packets with impossible addresses, at most ten in five seconds', () => {
    const core = router({ sysctl: { 'conf.eth0.log_martians': 1 } });
    const bad = () => transit({ source: ROUTER_LEFT });
    const told = () => {
      let count = 0;
      while (core.pollMartian() !== undefined) count += 1;
      return count;
    };
    take(core, bad());
    expect(core.pollMartian()).toEqual({
      reason: 'IP_LOCAL_SOURCE',
      source: ROUTER_LEFT,
      destination: RIGHT,
      interfaceIndex: 1,
      sourceMac: 0x020000000001,
    });
    for (let n = 0; n < 50; n += 1) take(core, bad());
    expect(told()).toBe(9);
    take(core, bad(), {}, 5000);
    expect(told()).toBe(1);
    take(core, bad(), { interfaceIndex: 2 }, 10_000);
    expect(told()).toBe(0);
  });
});

describe('forwarding of an interface', () => {
  it('holds for the packets that come in there, not for those that go out', () => {
    const core = router({ sysctl: { 'conf.eth1.forwarding': 0 } });
    expect(take(core, transit())).toBe('strata/FORWARDED');
    const back = transit({ source: RIGHT, destination: LEFT });
    expect(take(core, back, { interfaceIndex: 2 })).toBe('IP_INADDRERRORS');
  });
});

describe('a broadcast directed to another link', () => {
  const directed = () => transit({ destination: ip('198.51.100.255') });

  it('is not forwarded by default (RFC 2644)', () => {
    const core = router();
    expect(take(core, directed())).toBe('CONSUMED');
    expect(drain(core).link).toEqual([]);
  });

  it('is forwarded to all if bc_forwarding is 1 for all and for the interface', () => {
    const core = router({ sysctl: { 'conf.all.bc_forwarding': 1 } });
    expect(take(core, directed())).toBe('CONSUMED');
    core.setSysctl({ 'conf.eth0.bc_forwarding': 1 });
    drain(core);
    expect(take(core, directed())).toBe('strata/FORWARDED');
    expect(drain(core).link).toMatchObject([{ interfaceIndex: 2, cast: 'broadcast' }]);
  });

  it('is never sent back to the link that it is for, nor forwarded from a broadcast frame', () => {
    const sysctl = { 'conf.all.bc_forwarding': 1, 'conf.default.bc_forwarding': 1 };
    const core = router({ sysctl });
    expect(take(core, transit({ destination: ip('192.0.2.255') }))).toBe('CONSUMED');
    expect(take(core, directed(), { cast: 'broadcast' })).toBe('CONSUMED');
    expect(drain(core).link).toEqual([]);
  });
});
