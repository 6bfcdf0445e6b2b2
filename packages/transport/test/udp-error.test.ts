import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { createUdp, HERE, ip, PEER } from './udp-kit.ts';

describe('an ICMP error about a datagram (RFC 1122 4.1.3.3)', () => {
  const errorAbout = (type: number, code: number, more: object = {}) => ({
    kind: 'error' as const,
    reporter: PEER,
    type,
    code,
    mtu: 0,
    protocol: 17,
    source: HERE,
    destination: PEER,
    quoted: Uint8Array.of(0, 53, 0x0f, 0xa0, 0, 13, 0, 0),
    ...more,
  });

  it.each([
    ['net unreachable', 3, 0, 'network unreachable'],
    ['host unreachable', 3, 1, 'host unreachable'],
    ['protocol unreachable', 3, 2, 'refused'],
    ['port unreachable', 3, 3, 'refused'],
    ['fragmentation needed', 3, 4, 'message too long'],
    ['source route failed', 3, 5, 'host unreachable'],
    ['net unknown', 3, 6, 'network unreachable'],
    ['administratively prohibited', 3, 13, 'host unreachable'],
    ['time to live exceeded', 11, 0, 'host unreachable'],
    ['reassembly time exceeded', 11, 1, 'host unreachable'],
    ['parameter problem', 12, 0, 'invalid'],
  ])('%s is told to the sender', (_, type, code, reason) => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleError(errorAbout(type, code));
    expect(take()).toMatchObject([
      { kind: 'error', socket: 1, reason, remote: { address: PEER, port: 4000 } },
    ]);
    expect(udp.owns(1)).toBe(true);
  });

  it.each([
    ['source quench (RFC 6633 3)', errorAbout(4, 0)],
    ['an error about another port', errorAbout(3, 3, { quoted: new Uint8Array(8) })],
    ['an error that quotes too little', errorAbout(3, 3, { quoted: Uint8Array.of(0, 53) })],
  ])('%s is ignored', (_, error) => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleError(error);
    expect(take()).toEqual([]);
  });

  it('tells the path MTU, and has network believe it, since a socket has the port (RFC 1191 6.5)', () => {
    const { bind, take, udp, sent } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleError(errorAbout(3, 4, { mtu: 1300, reporter: ip('192.0.2.254') }));
    expect(take()).toMatchObject([{ kind: 'error', reason: 'message too long', mtu: 1300 }]);
    const about = { protocol: 17, source: HERE, destination: PEER };
    expect(sent).toMatchObject([{ kind: 'path-mtu', mtu: 1300, ...about }]);
  });

  it('of our own network layer is not told back to it', () => {
    const { bind, take, udp, sent } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleError(errorAbout(3, 4, { mtu: 1300, reporter: HERE }));
    expect(take()).toMatchObject([{ kind: 'error', reason: 'message too long', mtu: 1300 }]);
    expect(sent).toEqual([]);
  });

  it('names the router that reports it', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleError(errorAbout(11, 0, { reporter: ip('203.0.113.9') }));
    expect(take()).toMatchObject([{ detail: 'time to live exceeded at 203.0.113.9' }]);
  });
});
