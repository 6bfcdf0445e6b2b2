import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { LINK_CONF, LINK_NEIGH, LinkCore, LinkError } from '../src/index.ts';
import {
  arpRequest,
  Bench,
  ethernetFrame,
  ip,
  OWN,
  OWN_MAC,
  PEER,
  PEER_MAC,
  TAP,
} from './support.ts';

function codeOf(misuse: () => unknown): string {
  try {
    misuse();
  } catch (error) {
    if (error instanceof LinkError) return error.code;
    throw error;
  }
  return 'none';
}

describe('interfaces()', () => {
  it('returns a copy of each interface as it was configured', () => {
    const bench = new Bench();
    const [tap] = bench.core.interfaces();
    expect(tap).toMatchObject({
      index: 1,
      name: 'tap0',
      mac: OWN_MAC,
      mtu: 1_500,
      addresses: TAP.addresses,
      isUp: true,
      arp: true,
      offload: { checksum: false, segmentation: false },
    });
    (tap!.counters as { rx_packets: number }).rx_packets = 99;
    expect(bench.tap.rx_packets).toBe(0);
  });

  it('counts frames that adapters drop before the core', () => {
    const bench = new Bench();
    bench.core.countReceiveError(1, 'rx_crc_errors');
    bench.core.countReceiveError(1, 'rx_dropped', 5);
    expect(bench.tap).toMatchObject({ rx_crc_errors: 1, rx_errors: 1, rx_dropped: 5 });
  });
});

describe('setAddresses', () => {
  it('changes which requests are answered', () => {
    const bench = new Bench();
    const added = ip('192.0.2.50');
    bench.core.setAddresses(1, [{ address: added, prefixLength: 24 }]);
    expect(bench.receive(arpRequest({ targetAddress: OWN }))).toEqual([]);
    expect(bench.receive(arpRequest({ targetAddress: added }))).toHaveLength(1);
  });

  it('answers no request without an address', () => {
    const bench = new Bench({ addresses: [] });
    expect(bench.receive(arpRequest())).toEqual([]);
    expect(bench.receive(arpRequest({ targetAddress: UNSPECIFIED_IPV4 }))).toEqual([]);
  });
});

describe('Misuse', () => {
  it.each<[string, Partial<typeof TAP>, string]>([
    ['a group as address', { mac: 0x010000000000 }, 'LINK_RANGE'],
    ['an MTU below that of IPv4 (RFC 791 3.2)', { mtu: 67 }, 'LINK_RANGE'],
    ['an MTU above that of IPv4', { mtu: 65_536 }, 'LINK_RANGE'],
    ['index 0', { index: 0 }, 'LINK_RANGE'],
    ['a prefix of 33', { addresses: [{ address: OWN, prefixLength: 33 }] }, 'LINK_RANGE'],
  ])('of the constructor is refused: %s', (_name, config, code) => {
    expect(codeOf(() => new Bench(config))).toBe(code);
  });

  it('is refused with a stable code, naming field, value and bound', () => {
    const { core } = new Bench();
    expect(codeOf(() => new LinkCore({ interfaces: [TAP, TAP] }, () => 0))).toBe('LINK_DUPLICATE');
    expect(codeOf(() => core.setMtu(9, 1_500))).toBe('LINK_UNKNOWN_INTERFACE');
    const peer = { interfaceIndex: 1, address: PEER, mac: PEER_MAC, state: 'STALE' } as const;
    expect(codeOf(() => core.setNeighbour({ ...peer, interfaceIndex: 9 }, 0))).toBe(
      'LINK_UNKNOWN_INTERFACE',
    );
    expect(codeOf(() => core.setNeighbour({ ...peer, mac: 0xffffffffffff }, 0))).toBe('LINK_RANGE');
    expect(codeOf(() => core.setNeighbour({ ...peer, address: UNSPECIFIED_IPV4 }, 0))).toBe(
      'LINK_RANGE',
    );
    expect(codeOf(() => core.addProxy(1, ip('224.0.0.1')))).toBe('LINK_RANGE');
    expect(codeOf(() => core.setGroups(1, [PEER]))).toBe('LINK_RANGE');
    expect(() => core.setMtu(1, 20)).toThrow('tap0: mtu is 20, not within 68 to 65535');
  });
});

describe('sysctl', () => {
  it('has the defaults of Linux', () => {
    const sysctl = new LinkCore({ interfaces: [TAP] }, () => 0).sysctl();
    expect(sysctl).toMatchObject({ gc_thresh1: 128, gc_thresh2: 512, gc_thresh3: 1_024 });
    for (const [key, { initial, least, most }] of Object.entries(LINK_NEIGH)) {
      expect(sysctl).toMatchObject({ [`neigh.tap0.${key}`]: initial });
      expect(initial >= least && initial <= most).toBe(true);
    }
    for (const [key, { initial }] of Object.entries(LINK_CONF)) {
      expect(sysctl).toMatchObject({ [`conf.tap0.${key}`]: initial });
    }
  });

  it('is that of the interface alone where there is no all: default counts for later ones', () => {
    const bench = new Bench();
    bench.core.setSysctl({ 'neigh.default.mcast_solicit': 1 });
    bench.send();
    expect(bench.pass(10_000)).toHaveLength(2);
    bench.core.setSysctl({ 'neigh.tap0.mcast_solicit': 1 });
    bench.send();
    expect(bench.pass(10_000)).toHaveLength(0);
  });

  it('changes while running', () => {
    const bench = new Bench();
    bench.core.setSysctl({ 'neigh.tap0.retrans_time_ms': 100, 'neigh.tap0.mcast_solicit': 5 });
    bench.send();
    expect(bench.pass(10_000).map(({ atMs }) => atMs)).toEqual([100, 200, 300, 400]);
  });

  it('refuses what is out of range or unknown, and then changes nothing', () => {
    const { core } = new Bench();
    const before = core.sysctl();
    expect(() =>
      core.setSysctl({ 'neigh.tap0.mcast_solicit': 2, 'neigh.tap0.ucast_solicit': 101 }),
    ).toThrow('sysctl neigh.tap0.ucast_solicit is 101, not within 0 to 100');
    expect(codeOf(() => core.setSysctl({ 'neigh.tap0.locktime': 1.5 }))).toBe('LINK_RANGE');
    expect(codeOf(() => core.setSysctl({ nonsense: 1 } as object))).toBe('LINK_RANGE');
    expect(core.sysctl()).toEqual(before);
  });
});

describe('An interface that is down', () => {
  it('is silent until it comes up', () => {
    const bench = new Bench({ isUp: false });
    expect(bench.receive(arpRequest())).toEqual([]);
    bench.core.setInterfaceUp(1, true);
    expect(bench.receive(arpRequest())).toHaveLength(1);
    bench.receive(ethernetFrame(new Uint8Array(46)));
    expect(bench.indications()).toHaveLength(1);
  });
});
