import { arp, checkFrame, ethernet, ipv4, payload, udp } from '@strata/conformance/checkers';
import {
  ARP_REQUEST,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  EthernetFrame,
  type IpAddress,
  ipv4Address,
  ipv4Bits,
} from '@strata/wire';
import {
  arpRequest,
  Bench,
  ip,
  linkRequest,
  OTHER_MAC,
  OWN,
  PEER,
  PEER_MAC,
  udpPacket,
} from './support.ts';

const REACHABLE = 'REACHABLE 20000000001';
const STALE = 'STALE 20000000001';
const DELAY = 'DELAY 20000000001';
const PROBE = 'PROBE 20000000001';

function isArp(frame: Uint8Array): boolean {
  return (EthernetFrame.parse(frame) as EthernetFrame).etherType === ETHERTYPE_ARP;
}

/** A bench whose peer has just answered. Reachable time is 30 s: random is 0.5. */
function reachable(): Bench {
  const bench = new Bench();
  bench.send();
  bench.answer();
  expect(bench.state()).toBe(REACHABLE);
  return bench;
}

describe('INCOMPLETE', () => {
  it('keeps packets until the answer, then sends them in order', () => {
    const bench = new Bench();
    const asked = [1, 2, 3].flatMap((fill) => bench.send(PEER, { packet: udpPacket(100, fill) }));
    expect(asked.map(({ frame }) => isArp(frame))).toEqual([true]);
    expect(bench.neighbour()).toMatchObject({
      state: 'INCOMPLETE',
      waitingPackets: 3,
      mac: undefined,
    });
    const sent = bench.answer();
    expect(sent).toHaveLength(3);
    sent.forEach(({ frame }, index) => {
      const data = new Uint8Array(72).fill(index + 1);
      checkFrame(frame, ethernet({ destination: PEER_MAC }), ipv4(), udp(), payload(data));
    });
    expect(bench.neighbour()).toMatchObject({ state: 'REACHABLE', waitingPackets: 0 });
  });

  it('asks three times by broadcast, a second apart, then is FAILED (RFC 1122 2.3.2.1: at most once a second)', () => {
    const bench = new Bench();
    const [first] = bench.send();
    expect(isArp(first!.frame)).toBe(true);
    const sent = bench.pass(60_000);
    expect(sent.map(({ atMs }) => atMs)).toEqual([1_000, 2_000]);
    for (const { frame } of sent) {
      checkFrame(
        frame,
        ethernet({ destination: BROADCAST_MAC }),
        arp({ operation: ARP_REQUEST, targetAddress: PEER }),
      );
    }
    expect(bench.state()).toBe('FAILED');
    expect(bench.core.counters()).toMatchObject({ res_failed: 1, arp_requests_sent: 3 });
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('reports each waiting packet if nobody answers, after 3 s (RFC 1122 2.3.2.2)', () => {
    const bench = new Bench();
    const requests = [linkRequest(), linkRequest()];
    for (const request of requests) bench.core.handleRequest(request, 0);
    bench.pass(2_999);
    expect(bench.indications()).toEqual([]);
    bench.pass(1);
    expect(bench.indications()).toEqual(
      requests.map(({ packet }) => ({
        kind: 'unreachable',
        interfaceIndex: 1,
        nextHop: PEER,
        packet,
      })),
    );
  });

  it('drops the oldest packets if too many wait, and counts them', () => {
    // Linux counts 576 octets beside those of the packet.
    const bench = new Bench({}, { 'neigh.default.unres_qlen_bytes': 3 * (100 + 576) });
    for (const fill of [1, 2, 3, 4, 5]) bench.send(PEER, { packet: udpPacket(100, fill) });
    expect(bench.core.counters().unresolved_discards).toBe(2);
    const firstOctets = bench.answer().map(({ frame }) => frame.at(-1));
    expect(firstOctets).toEqual([3, 4, 5]);
  });

  it('always keeps the latest packet, however large (RFC 1122 2.3.2.2)', () => {
    const bench = new Bench({}, { 'neigh.default.unres_qlen_bytes': 0 });
    bench.send(PEER, { packet: udpPacket(100, 1) });
    bench.send(PEER, { packet: udpPacket(1_500, 2) });
    expect(bench.answer().map(({ frame }) => frame.at(-1))).toEqual([2]);
  });

  it('takes the address from a request of the neighbour, too', () => {
    const bench = new Bench();
    bench.send();
    const sent = bench.receive(arpRequest());
    expect(sent.map(({ frame }) => isArp(frame))).toEqual([false, true]);
    // Sending to a STALE neighbour leads to a request after a while.
    expect(bench.state()).toBe(DELAY);
  });

  it('of one neighbour does not hold up another', () => {
    const bench = new Bench();
    bench.send();
    bench.set(ip('192.0.2.3'), OTHER_MAC);
    expect(bench.send(ip('192.0.2.3')).map(({ frame }) => isArp(frame))).toEqual([false]);
  });
});

describe('FAILED', () => {
  it('asks anew for the next packet', () => {
    const bench = new Bench();
    bench.send();
    bench.pass(10_000);
    expect(bench.state()).toBe('FAILED');
    expect(bench.send().map(({ frame }) => isArp(frame))).toEqual([true]);
    expect(bench.neighbour()).toMatchObject({ state: 'INCOMPLETE', usedAgeMs: 0, probes: 1 });
    expect(bench.answer()).toHaveLength(1);
  });

  it('follows at once if no request may be sent (mcast_solicit 0)', () => {
    const bench = new Bench({}, { 'neigh.default.mcast_solicit': 0 });
    expect(bench.send()).toEqual([]);
    expect(bench.indications()).toMatchObject([{ kind: 'unreachable' }]);
    expect(bench.state()).toBe('FAILED');
  });
});

describe('REACHABLE', () => {
  it('becomes STALE when it was not used, and no timer is left', () => {
    const bench = reachable();
    expect(bench.pass(29_999)).toEqual([]);
    expect(bench.state()).toBe(REACHABLE);
    expect(bench.pass(1)).toEqual([]);
    expect(bench.state()).toBe(STALE);
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('becomes DELAY when it was used in the last 5 s', () => {
    const bench = reachable();
    bench.pass(26_000);
    expect(bench.send()).toHaveLength(1);
    bench.pass(4_000);
    expect(bench.state()).toBe(DELAY);
  });

  it('stays while a layer above confirms it, without a frame on the wire', () => {
    const bench = reachable();
    for (let second = 0; second < 100; second += 1) {
      expect(bench.pass(1_000)).toEqual([]);
      bench.core.confirmNeighbour(1, PEER, bench.nowMs);
    }
    expect(bench.state()).toBe(REACHABLE);
    bench.pass(29_999);
    expect(bench.state()).toBe(REACHABLE);
    bench.pass(1);
    expect(bench.state()).toBe(STALE);
  });

  it.each([
    [0, 15_000],
    [0.999, 44_970],
  ])('lasts 0.5 to 1.5 times base_reachable_time_ms: with random %d for %d ms', (random, ms) => {
    const bench = new Bench({}, {}, () => random);
    bench.send();
    bench.answer();
    bench.pass(ms - 1);
    expect(bench.state()).toBe(REACHABLE);
    bench.pass(1);
    expect(bench.state()).toBe(STALE);
  });
});

describe('The reachable time', () => {
  it('is one for all neighbours, chosen anew at random after five minutes', () => {
    const row = [0, 1, 0.5];
    const bench = new Bench({}, {}, () => row.shift() ?? Number.NaN);
    const lasts = (address: IpAddress) => {
      bench.send(address);
      bench.answer(PEER_MAC, address);
      const fromMs = bench.nowMs;
      while (bench.state(address) === REACHABLE) bench.pass(1_000);
      return bench.nowMs - fromMs;
    };
    expect([PEER, ipv4Address(ipv4Bits(PEER) + 9)].map(lasts)).toEqual([15_000, 15_000]);
    bench.pass(300_000);
    expect([ipv4Address(ipv4Bits(PEER) + 10), ipv4Address(ipv4Bits(PEER) + 11)].map(lasts)).toEqual(
      [45_000, 45_000],
    );
    expect(row).toEqual([0.5]);
  });
});

describe('STALE', () => {
  it('is used at once, and then becomes DELAY', () => {
    const bench = reachable();
    bench.pass(30_000);
    expect(bench.state()).toBe(STALE);
    expect(bench.send().map(({ frame }) => isArp(frame))).toEqual([false]);
    expect(bench.state()).toBe(DELAY);
  });
});

describe('DELAY', () => {
  function delayed(): Bench {
    const bench = reachable();
    bench.pass(30_000);
    bench.send();
    return bench;
  }

  it('becomes REACHABLE if it is confirmed within 5 s', () => {
    const bench = delayed();
    bench.pass(2_000);
    bench.core.confirmNeighbour(1, PEER, bench.nowMs);
    expect(bench.pass(3_000)).toEqual([]);
    expect(bench.state()).toBe(REACHABLE);
    bench.pass(26_999);
    expect(bench.state()).toBe(REACHABLE);
    bench.pass(1);
    expect(bench.state()).toBe(STALE);
  });

  it('counts as confirmed if that happens at the very moment it begins', () => {
    const bench = delayed();
    bench.core.confirmNeighbour(1, PEER, bench.nowMs);
    expect(bench.pass(5_000)).toEqual([]);
    expect(bench.state()).toBe(REACHABLE);
  });

  it('asks by unicast if it is not confirmed, three times, a second apart; then FAILED', () => {
    const bench = delayed();
    const sent = bench.pass(60_000);
    expect(sent.map(({ atMs }) => atMs - 30_000)).toEqual([5_000, 6_000, 7_000]);
    for (const { frame } of sent) {
      checkFrame(
        frame,
        ethernet({ destination: PEER_MAC }),
        arp({ operation: ARP_REQUEST, senderAddress: OWN, targetAddress: PEER }),
      );
    }
    expect(bench.state()).toBe('FAILED');
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not confirmed by traffic that merely comes from the neighbour', () => {
    const bench = delayed();
    bench.receive(arpRequest());
    bench.pass(5_000);
    expect(bench.state()).toBe(PROBE);
  });
});

describe('PROBE', () => {
  it('goes on sending, and is REACHABLE again with the answer', () => {
    const bench = reachable();
    bench.pass(30_000);
    bench.send();
    bench.pass(5_000);
    expect(bench.state()).toBe(PROBE);
    expect(bench.send().map(({ frame }) => isArp(frame))).toEqual([false]);
    bench.pass(1_500);
    expect(bench.neighbour()!.probes).toBe(2);
    bench.answer();
    expect(bench.neighbour()).toMatchObject({ state: 'REACHABLE', probes: 0 });
    expect(bench.pass(20_000)).toEqual([]);
  });

  it('takes a new address from the answer', () => {
    const bench = reachable();
    bench.pass(30_000);
    bench.send();
    bench.pass(5_000);
    bench.pass(1_001);
    bench.answer(OTHER_MAC);
    expect(bench.state()).toBe('REACHABLE 200000000ee');
  });
});

describe('PERMANENT', () => {
  it('is never asked, never changed by ARP, and goes with an interface that goes down', () => {
    const bench = new Bench({ staticNeighbours: [{ address: PEER, mac: PEER_MAC }] });
    expect(bench.send().map(({ frame }) => isArp(frame))).toEqual([false]);
    bench.pass(1e9);
    bench.receive(arpRequest({ senderMac: OTHER_MAC }));
    bench.answer(OTHER_MAC);
    expect(bench.state()).toBe('PERMANENT 20000000001');
    bench.core.setInterfaceUp(1, false);
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('is all that an interface without ARP knows', () => {
    const bench = new Bench({ arp: false, staticNeighbours: [{ address: PEER, mac: PEER_MAC }] });
    expect(bench.send()).toHaveLength(1);
    expect(bench.send(ip('192.0.2.9'))).toEqual([]);
    expect(bench.indications()).toMatchObject([{ kind: 'unreachable', nextHop: ip('192.0.2.9') }]);
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('An interface that goes down', () => {
  it('forgets what it learnt, and drops and counts the waiting packets', () => {
    const bench = new Bench();
    bench.receive(arpRequest());
    bench.send(ip('192.0.2.9'));
    bench.core.setInterfaceUp(1, false);
    expect(bench.core.neighbours(0)).toEqual([]);
    expect(bench.tap.tx_dropped).toBe(1);
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
