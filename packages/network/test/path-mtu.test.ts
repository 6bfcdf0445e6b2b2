import { ipv4Address, ipv4Bits } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  FAR,
  HOST,
  host,
  icmp,
  ip,
  learn,
  OTHER_HOST,
  onlyError,
  ours,
  type PacketFields,
  pattern,
  send,
  takeIcmp,
  valid,
} from './network-kit.ts';

/** Fragmentation needed about a packet of 1,500 octets with DF. */
function tooBig(mtu: number, changes: PacketFields = {}): Uint8Array {
  const full = ours({ dontFragment: true, payload: pattern(1480), ...changes });
  return icmp(3, 4, full.subarray(0, 28), [0, mtu]);
}

describe('path MTU discovery (RFC 1191)', () => {
  const mtuTo = (core: NetworkCore, nowMs = 0) => {
    const choice = core.sourceFor(FAR, nowMs);
    return choice === 'unreachable' ? 0 : choice.mtu;
  };

  it('learns from fragmentation needed, tells transport, and fragments to the new MTU', () => {
    const core = host();
    const told = { type: 3, code: 4, mtu: 1400, destination: FAR };
    expect(learn(core, tooBig(1400))).toMatchObject(told);
    expect(mtuTo(core)).toBe(1400);
    expect(core.pathMtus(0)).toEqual([
      { destination: FAR, mtu: 1400, isLocked: false, expiresAtMs: 600000 },
    ]);
    core.handleRequest(send({ dontFragment: true, segment: pattern(1381) }), 0);
    expect(onlyError(core)).toMatchObject({ code: 4, mtu: 1400 });
    core.handleRequest(send({ segment: pattern(1400) }), 0);
    expect(drain(core).link.map((each) => each.packet.byteLength)).toEqual([1396, 44]);
  });

  it.each([
    ['TCP', 6],
    ['UDP', 17],
  ])(
    'for %s believes a report only after transport says that the packet was in flight (RFC 5927 7.2)',
    (_, protocol) => {
      const core = host();
      takeIcmp(core, tooBig(1400, { protocol }));
      expect(mtuTo(core)).toBe(1500);
      expect(core.pathMtus(0)).toEqual([]);
      const quoted = Uint8Array.of(0, 80, 0, 81);
      const about = { protocol, source: HOST, destination: FAR, quoted };
      expect(core.handleRequest({ kind: 'path-mtu', mtu: 1400, ...about }, 0)).toBe(
        'strata/PATH_MTU_LEARNT',
      );
      expect(mtuTo(core)).toBe(1400);
      const again = { kind: 'path-mtu', mtu: 1450, ...about } as const;
      expect(core.handleRequest(again, 0)).toBe('strata/PATH_MTU_IGNORED');
      expect(mtuTo(core)).toBe(1400);
    },
  );

  it('forgets after mtu_expires (RFC 1191 6.3)', () => {
    const core = host();
    learn(core, tooBig(1400), 5000);
    expect(mtuTo(core, 604999)).toBe(1400);
    expect(mtuTo(core, 605000)).toBe(1500);
    expect(core.pathMtus(605000)).toEqual([]);
  });

  it('never raises an MTU by a report (RFC 1191 3)', () => {
    const core = host();
    learn(core, tooBig(1000));
    learn(core, tooBig(1400));
    expect(mtuTo(core)).toBe(1000);
  });

  it('keeps paths apart', () => {
    const core = host();
    learn(core, tooBig(1400));
    expect(core.sourceFor(ip('198.51.100.8'), 0)).toMatchObject({ mtu: 1500 });
  });

  it.each([
    [1500, 1492],
    [1492, 1006],
    [1006, 552],
  ])(
    'takes the next lower plateau if a router reports no MTU: from %i to %i (RFC 1191 7.1)',
    (octets, mtu) => {
      const core = host();
      learn(core, tooBig(0, { payload: pattern(octets - 20) }));
      expect(mtuTo(core)).toBe(mtu);
    },
  );

  it('does not believe less than min_pmtu: it stops setting DF instead, as __ip_rt_update_pmtu() does', () => {
    const core = host();
    learn(core, tooBig(300));
    expect(core.pathMtus(0)).toMatchObject([{ mtu: 552, isLocked: true }]);
    core.handleRequest(send({ dontFragment: true, segment: pattern(600) }), 0);
    const { link } = drain(core);
    expect(link).toHaveLength(2);
    for (const each of link) expect(valid(each.packet).dontFragment).toBe(false);
  });

  it.each([
    ['about a packet without DF', tooBig(1400, { dontFragment: false })],
    ['with an MTU in which the packet would have fitted', tooBig(1500)],
    ['about a destination within the stack', tooBig(1400, { destination: OTHER_HOST })],
  ])('does not believe a report %s', (_name, message) => {
    const core = host();
    expect(takeIcmp(core, message)).toBe('strata/PATH_MTU_IMPLAUSIBLE');
    expect(drain(core).up).toEqual([]);
    expect(core.pathMtus(0)).toEqual([]);
  });

  it('is off with ip_no_pmtu_disc: 1 lowers to min_pmtu, 2 ignores', () => {
    const lower = host({ sysctl: { ip_no_pmtu_disc: 1 } });
    takeIcmp(lower, tooBig(1400));
    expect(mtuTo(lower)).toBe(552);
    const ignore = host({ sysctl: { ip_no_pmtu_disc: 2 } });
    expect(takeIcmp(ignore, tooBig(1400))).toBe('strata/PATH_MTU_IGNORED');
    expect(mtuTo(ignore)).toBe(1500);
  });

  it('with ip_no_pmtu_disc 3 is only for TCP, which verifies a report', () => {
    const core = host({ sysctl: { ip_no_pmtu_disc: 3 } });
    for (const protocol of [17, 1]) {
      expect(takeIcmp(core, tooBig(1400, { protocol }))).toBe('strata/PATH_MTU_IGNORED');
      expect(drain(core).up).toEqual([]);
    }
    expect(mtuTo(core)).toBe(1500);
    learn(core, tooBig(1400, { protocol: 6 }));
    expect(mtuTo(core)).toBe(1400);
  });

  it.each([
    // The path MTU is 1,400, the interface's 1,500.
    ['want', 1400, [true]],
    ['want', 1500, [false, false]],
    ['do', 1400, [true]],
    ['do', 1500, 1400],
    ['probe', 1500, [true]],
    ['probe', 1501, 1500],
    ['dont', 1400, [false]],
    ['dont', 1500, [false, false]],
  ] as const)(
    '%s: a datagram of %d octets: DF of its packets, or MTU of the error: %j',
    (mtuDiscover, octets, outcome) => {
      const core = host();
      learn(core, tooBig(1400));
      const segment = pattern(octets - 20);
      core.handleRequest(send({ dontFragment: mtuDiscover !== 'dont', mtuDiscover, segment }), 0);
      if (typeof outcome === 'number') {
        expect(onlyError(core)).toMatchObject({ code: 4, mtu: outcome });
      } else {
        const packets = drain(core).link.map(({ packet }) => valid(packet));
        expect(packets.map(({ dontFragment }) => dontFragment)).toEqual(outcome);
      }
    },
  );

  it('keeps DF with `do` if the reported MTU was below min_pmtu, and drops it with `want`', () => {
    const core = host();
    learn(core, tooBig(300));
    const sent = (mtuDiscover: 'want' | 'do') => {
      core.handleRequest(send({ dontFragment: true, mtuDiscover, segment: pattern(100) }), 0);
      return valid(drain(core).link[0]!.packet).dontFragment;
    };
    expect(sent('do')).toBe(true);
    expect(sent('want')).toBe(false);
  });

  it('remembers a bounded number of paths: a new one replaces the oldest', () => {
    const core = host();
    for (let i = 0; i < 5000; i += 1)
      learn(core, tooBig(1400, { destination: ipv4Address(ipv4Bits(ip('20.0.0.0')) + i) }));
    expect(core.pathMtus(0)).toHaveLength(4096);
    expect(core.sourceFor(ip('20.0.0.0'), 0)).toMatchObject({ mtu: 1500 });
    expect(core.sourceFor(ipv4Address(ipv4Bits(ip('20.0.0.0')) + 4999), 0)).toMatchObject({
      mtu: 1400,
    });
  });
});
