import { LIMITED_BROADCAST_IPV4, UNSPECIFIED_IPV4 } from '@strata/wire';
import { createUdp, HERE, ip, PEER, SECOND, SUBNET_BROADCAST } from './udp-kit.ts';

describe('binding a UDP socket', () => {
  it('is answered by the address and port', () => {
    const { bind, told, udp } = createUdp();
    bind(1, HERE, 53);
    expect(told).toEqual([
      { kind: 'bound', socket: 1, endpoint: 'app', local: { address: HERE, port: 53 } },
    ]);
    expect(udp.owns(1)).toBe(true);
    expect(udp.sockets()).toEqual([
      { socket: 1, endpoint: 'app', local: { address: HERE, port: 53 }, queuedOctets: 0, drops: 0 },
    ]);
  });

  it('answers a repeated request like the first', () => {
    const { bind, told, udp } = createUdp();
    bind(1, HERE, 53);
    bind(1, HERE, 53);
    expect(told.map((indication) => indication.kind)).toEqual(['bound', 'bound']);
    expect(udp.sockets()).toHaveLength(1);
  });

  it.each([
    ['any address', UNSPECIFIED_IPV4],
    ['an address of its own', HERE],
    ['its second address', SECOND],
    ['loopback', ip('127.0.0.1')],
    ['the broadcast address of its subnet', SUBNET_BROADCAST],
    ['the limited broadcast address', LIMITED_BROADCAST_IPV4],
    ['a group', ip('224.0.0.251')],
  ])('accepts %s', (_, address) => {
    const { bind, told } = createUdp();
    bind(1, address, 53);
    expect(told).toMatchObject([{ kind: 'bound', local: { address, port: 53 } }]);
  });

  it('refuses an address that is not its own', () => {
    const { bind, told, udp } = createUdp();
    bind(1, PEER, 53);
    expect(told).toMatchObject([{ kind: 'closed', socket: 1, reason: 'address not available' }]);
    expect(udp.owns(1)).toBe(false);
  });

  it.each([-1, 65536, 1.5])('refuses port %d', (port) => {
    const { bind, told } = createUdp();
    bind(1, HERE, port);
    expect(told).toMatchObject([{ kind: 'closed', reason: 'invalid' }]);
  });

  describe('to a port in use', () => {
    it.each([
      ['the same address', HERE, HERE, {}, {}, 'closed'],
      ['any address beside one', HERE, UNSPECIFIED_IPV4, {}, {}, 'closed'],
      ['one address beside any', UNSPECIFIED_IPV4, HERE, {}, {}, 'closed'],
      ['another address', HERE, SECOND, {}, {}, 'bound'],
      [
        'the same address, both reusing',
        HERE,
        HERE,
        { reuseAddress: true },
        { reuseAddress: true },
        'bound',
      ],
      [
        'the same address, only the first reusing',
        HERE,
        HERE,
        { reuseAddress: true },
        {},
        'closed',
      ],
      [
        'the same address, only the second reusing',
        HERE,
        HERE,
        {},
        { reuseAddress: true },
        'closed',
      ],
    ])('%s', (_, first, second, firstOptions, secondOptions, outcome) => {
      const { bind, told } = createUdp();
      bind(1, first, 53, firstOptions);
      bind(2, second, 53, secondOptions);
      expect(told[1]).toMatchObject({ kind: outcome, socket: 2 });
      if (outcome === 'closed') expect(told[1]).toMatchObject({ reason: 'address in use' });
    });
  });

  it('chooses a port of the range for port 0, from a random one on (RFC 6056 3.3.1)', () => {
    const { bind, told, context } = createUdp();
    context.sysctl.ip_local_port_range = [50000, 50003];
    for (const socket of [1, 2, 3, 4, 5]) bind(socket, UNSPECIFIED_IPV4, 0);
    expect(told.map((i) => (i.kind === 'bound' ? i.local.port : i.kind))).toEqual([
      50002,
      50003,
      50000,
      50001,
      'closed',
    ]);
    expect(told[4]).toMatchObject({ reason: 'no ports' });
  });

  it('chooses no port in use, not even with reuseAddress', () => {
    const { bind, told, context } = createUdp();
    context.sysctl.ip_local_port_range = [50000, 50001];
    bind(1, UNSPECIFIED_IPV4, 50001, { reuseAddress: true });
    bind(2, UNSPECIFIED_IPV4, 0, { reuseAddress: true });
    expect(told[1]).toMatchObject({ local: { port: 50000 } });
  });
});

describe('closing a UDP socket', () => {
  it.each([
    ['close', 'finished'],
    ['abort', 'aborted'],
  ] as const)('by %s is indicated once and frees the port', (kind, reason) => {
    const { bind, take, udp, arrive } = createUdp();
    bind(1, HERE, 53);
    take();
    udp.handleRequest({ kind, socket: 1 });
    udp.handleRequest({ kind, socket: 1 });
    expect(take()).toEqual([{ kind: 'closed', socket: 1, endpoint: 'app', reason, detail: '' }]);
    expect(udp.owns(1)).toBe(false);
    arrive({});
    bind(2, HERE, 53);
    expect(take()).toMatchObject([{ kind: 'bound', socket: 2 }]);
  });

  it('does not affect other sockets of the port', () => {
    const { bind, take, udp, arrive } = createUdp();
    bind(1, HERE, 53, { reuseAddress: true });
    bind(2, HERE, 53, { reuseAddress: true });
    udp.handleRequest({ kind: 'close', socket: 2 });
    take();
    arrive({});
    expect(take()).toMatchObject([{ kind: 'datagram', socket: 1 }]);
  });
});
