import { type IpAddress, ipv4Bits } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  HOST,
  host,
  icmp,
  ip,
  learn,
  ours,
  PEER,
  pattern,
  ROUTER,
  SUBNET_BROADCAST,
  send,
  takeIcmp,
} from './network-kit.ts';

const SECOND_GATEWAY = ip('192.0.2.9');

describe('a redirect (RFC 1122 3.2.2.2)', () => {
  const redirect = (gateway: IpAddress, quoted = ours()) =>
    icmp(5, 1, quoted, [ipv4Bits(gateway) >>> 16, ipv4Bits(gateway) & 0xffff]);
  const nextHop = (core: NetworkCore, nowMs = 0) => {
    core.handleRequest(send(), nowMs);
    return drain(core).link[0]?.nextHop;
  };

  it('from the gateway in use is followed for that host, until it expires', () => {
    const core = host();
    expect(takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_FOLLOWED');
    expect(nextHop(core)).toBe(SECOND_GATEWAY);
    core.handleRequest(send({ destination: ip('198.51.100.8') }), 0);
    expect(drain(core).link[0]?.nextHop).toBe(PEER);
    expect(nextHop(core, 300000)).toBe(PEER);
  });

  it('may replace an earlier one, if it comes from the gateway in use at that time', () => {
    const core = host();
    takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER);
    expect(takeIcmp(core, redirect(ip('192.0.2.10')), 0, PEER)).toBe('strata/REDIRECT_IGNORED');
    expect(takeIcmp(core, redirect(ip('192.0.2.10')), 0, SECOND_GATEWAY)).toBe(
      'strata/REDIRECT_FOLLOWED',
    );
    expect(nextHop(core)).toBe(ip('192.0.2.10'));
  });

  it('is forgotten when the routes change', () => {
    const core = host();
    takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER);
    core.addRoute({ destination: ip('203.0.113.0'), prefixLength: 24, via: PEER });
    expect(nextHop(core)).toBe(PEER);
  });

  it('is forgotten for a host that no longer answers; its path MTU is kept (RFC 1122 3.3.1.4)', () => {
    const core = host();
    takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER);
    const tooLong = ours({ dontFragment: true, payload: pattern(1480) }).subarray(0, 28);
    learn(core, icmp(3, 4, tooLong, [0, 1000]), 0, PEER);
    core.handleRequest(send({ isPathSuspect: true, destination: ip('198.51.100.8') }), 0);
    drain(core);
    expect(nextHop(core)).toBe(SECOND_GATEWAY);
    core.handleRequest(send({ isPathSuspect: true }), 0);
    expect(drain(core).link[0]?.nextHop).toBe(PEER);
    expect(nextHop(core)).toBe(PEER);
    expect(core.pathMtus(0)).toMatchObject([{ mtu: 1000 }]);
  });

  it.each([
    ['from another host', SECOND_GATEWAY, ip('192.0.2.33'), 1, ours()],
    ['to a gateway that is not on the link', ROUTER, PEER, 1, ours()],
    ['to ourselves', HOST, PEER, 1, ours()],
    ['to a broadcast address', SUBNET_BROADCAST, PEER, 1, ours()],
    ['from another interface', SECOND_GATEWAY, PEER, 2, ours()],
    [
      'about a packet that we did not send',
      SECOND_GATEWAY,
      PEER,
      1,
      ours({ source: ip('192.0.2.77') }),
    ],
    ['about a host on the link', SECOND_GATEWAY, PEER, 1, ours({ destination: PEER })],
    ['about random octets', SECOND_GATEWAY, PEER, 1, pattern(30)],
  ])('is not followed %s', (_name, gateway, source, interfaceIndex, quoted) => {
    const core = host();
    expect(takeIcmp(core, redirect(gateway, quoted), 0, source, interfaceIndex)).toBe(
      'strata/REDIRECT_IGNORED',
    );
    expect(nextHop(core)).toBe(PEER);
    expect(core.counters().StrataInRedirectsIgnored).toBe(1);
  });

  it('is not followed if accept_redirects is 0', () => {
    const core = host({
      sysctl: { 'conf.all.accept_redirects': 0, 'conf.default.accept_redirects': 0 },
    });
    takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER);
    expect(nextHop(core)).toBe(PEER);
  });

  it('is not followed by a router, unless accept_redirects is 1 for all too (RFC 1812 5.2.7.2)', () => {
    const core = host({ sysctl: { ip_forward: 1 } });
    expect(takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_IGNORED');
    core.setSysctl({ 'conf.all.accept_redirects': 1 });
    expect(takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_FOLLOWED');
  });

  it('with shared_media 0 is followed only to a gateway of a default route, by secure_redirects', () => {
    const off = { 'conf.all.shared_media': 0, 'conf.default.shared_media': 0 };
    const core = host({ sysctl: off });
    expect(takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_IGNORED');
    const anywhere = { destination: ip('0.0.0.0'), prefixLength: 0, metric: 9 };
    core.addRoute({ ...anywhere, via: SECOND_GATEWAY });
    expect(takeIcmp(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_FOLLOWED');
    const lax = { 'conf.all.secure_redirects': 0, 'conf.default.secure_redirects': 0 };
    const trusting = host({ sysctl: { ...off, ...lax } });
    expect(takeIcmp(trusting, redirect(SECOND_GATEWAY), 0, PEER)).toBe('strata/REDIRECT_FOLLOWED');
  });

  it('with shared_media 0 is not followed to another subnet of the link', () => {
    const second = ip('172.16.0.9');
    const addresses = [
      { address: HOST, prefixLength: 24 },
      { address: ip('172.16.0.2'), prefixLength: 24 },
    ];
    const interfaces = [{ index: 1, name: 'eth0', mtu: 1500, addresses }];
    const core = host({ interfaces });
    core.setSysctl({
      'conf.all.shared_media': 0,
      'conf.eth0.shared_media': 0,
      'conf.all.secure_redirects': 0,
      'conf.eth0.secure_redirects': 0,
    });
    expect(takeIcmp(core, redirect(second), 0, PEER)).toBe('strata/REDIRECT_IGNORED');
    core.setSysctl({ 'conf.eth0.shared_media': 1 });
    expect(takeIcmp(core, redirect(second), 0, PEER)).toBe('strata/REDIRECT_FOLLOWED');
  });
});
