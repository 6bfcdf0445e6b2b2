import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { type NetworkConfig, NetworkError } from '../src/index.ts';
import { CONFIG, FAR, HOST, host, ip, OTHER_HOST, PEER } from './network-kit.ts';

describe('sourceFor', () => {
  it('gives source, MTU and interface of the route (RFC 1122 3.3.4.3)', () => {
    const core = host();
    expect(core.sourceFor(FAR, 0)).toEqual({ source: HOST, mtu: 1500, interfaceIndex: 1 });
    const onEth1 = { source: OTHER_HOST, mtu: 9000, interfaceIndex: 2 };
    expect(core.sourceFor(ip('10.9.9.9'), 0)).toEqual(onEth1);
    expect(core.sourceFor(FAR, 0, 2)).toEqual(onEth1);
    expect(core.sourceFor(HOST, 0)).toEqual({ source: HOST, mtu: 65535, interfaceIndex: 0 });
    expect(core.sourceFor(ip('127.0.0.1'), 0)).toMatchObject({ interfaceIndex: 0 });
  });

  it("chooses the interface's address in the subnet of the next hop", () => {
    const core = host({
      interfaces: [
        {
          index: 1,
          name: 'eth0',
          mtu: 1500,
          addresses: [
            { address: HOST, prefixLength: 24 },
            { address: ip('198.18.0.2'), prefixLength: 15 },
            { address: ip('198.18.5.2'), prefixLength: 24 },
          ],
        },
      ],
      routes: [
        { destination: UNSPECIFIED_IPV4, prefixLength: 0, via: PEER },
        { destination: ip('203.0.113.0'), prefixLength: 24, via: ip('198.18.5.1') },
        { destination: ip('203.0.113.9'), prefixLength: 32, via: PEER, source: ip('198.18.0.2') },
      ],
    });
    const sourceTo = (destination: string) => {
      const choice = core.sourceFor(ip(destination), 0);
      return choice === 'unreachable' ? choice : choice.source;
    };
    expect(sourceTo('8.8.8.8')).toBe(HOST);
    expect(sourceTo('198.19.0.1')).toBe(ip('198.18.0.2'));
    expect(sourceTo('198.18.5.77')).toBe(ip('198.18.5.2'));
    expect(sourceTo('203.0.113.1')).toBe(ip('198.18.5.2'));
    expect(sourceTo('203.0.113.9')).toBe(ip('198.18.0.2'));
  });

  it('says unreachable if there is no route', () => {
    expect(host({ routes: [] }).sourceFor(FAR, 0)).toBe('unreachable');
  });
});

describe('a configuration that is not valid', () => {
  const eth0 = CONFIG.interfaces[0]!;
  it.each<[string, Partial<NetworkConfig>, string]>([
    [
      'two interfaces with one index',
      { interfaces: [eth0, { ...eth0, name: 'b', addresses: [] }] },
      'NETWORK_BAD_INTERFACE',
    ],
    ['an interface with index 0', { interfaces: [{ ...eth0, index: 0 }] }, 'NETWORK_BAD_INTERFACE'],
    ['an interface called lo', { interfaces: [{ ...eth0, name: 'lo' }] }, 'NETWORK_BAD_INTERFACE'],
    ['an MTU of 67 (RFC 791)', { interfaces: [{ ...eth0, mtu: 67 }] }, 'NETWORK_BAD_INTERFACE'],
    [
      "a broadcast address as an interface's own",
      { interfaces: [{ ...eth0, addresses: [{ address: ip('192.0.2.255'), prefixLength: 24 }] }] },
      'NETWORK_BAD_ADDRESS',
    ],
    [
      "a multicast address as an interface's own",
      { interfaces: [{ ...eth0, addresses: [{ address: ip('224.0.0.5'), prefixLength: 24 }] }] },
      'NETWORK_BAD_ADDRESS',
    ],
    [
      'loopback on a link',
      { interfaces: [{ ...eth0, addresses: [{ address: ip('127.0.0.2'), prefixLength: 8 }] }] },
      'NETWORK_BAD_ADDRESS',
    ],
    [
      'one address twice',
      { interfaces: [{ ...eth0, addresses: [...eth0.addresses, ...eth0.addresses] }] },
      'NETWORK_BAD_ADDRESS',
    ],
    ['a sysctl out of range', { sysctl: { ip_default_ttl: 0 } }, 'NETWORK_BAD_SYSCTL'],
  ])('is refused with a code: %s', (_name, changes, code) => {
    expect(() => host({ routes: [], ...changes })).toThrow(
      expect.objectContaining({ name: 'NetworkError', code }),
    );
    expect(() => host({ routes: [], ...changes })).toThrow(NetworkError);
  });

  it('accepts point-to-point subnets of 31 and 32 bits (RFC 3021)', () => {
    const core = host({
      interfaces: [{ ...eth0, addresses: [{ address: ip('192.0.2.1'), prefixLength: 31 }] }],
      routes: [],
    });
    expect(core.sourceFor(ip('192.0.2.0'), 0)).toMatchObject({ source: ip('192.0.2.1') });
  });
});

describe('setSysctl', () => {
  it('changes all or none', () => {
    const core = host();
    const before = core.sysctl();
    expect(() => core.setSysctl({ ip_default_ttl: 9, ipfrag_time: 0 })).toThrow(NetworkError);
    expect(() => core.setSysctl({ nonsense: 1 } as object)).toThrow(/there is no such sysctl/);
    expect(core.sysctl()).toEqual(before);
    core.setSysctl({ ip_default_ttl: 9 });
    expect(core.sysctl()).toEqual({ ...before, ip_default_ttl: 9 });
  });

  it("starts with Linux's defaults", () => {
    expect(host().sysctl()).toMatchObject({
      ip_default_ttl: 64,
      ip_forward: 0,
      ip_forward_use_pmtu: 0,
      ipfrag_time: 30,
      ipfrag_high_thresh: 4194304,
      ipfrag_max_dist: 64,
      icmp_ratelimit: 1000,
      icmp_ratemask: 6168,
      icmp_msgs_per_sec: 1000,
      icmp_msgs_burst: 50,
      icmp_echo_ignore_all: 0,
      icmp_echo_ignore_broadcasts: 1,
      min_pmtu: 552,
      mtu_expires: 600,
    });
  });
});
