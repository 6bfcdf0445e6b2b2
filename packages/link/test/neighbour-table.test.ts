import { ipv4Address, ipv4Bits } from '@strata/wire';
import { arpRequest, Bench, ip, OTHER_MAC, PEER, PEER_MAC } from './support.ts';

/** The first of the addresses without a station. */
const NOWHERE = ip('198.51.100.1');

describe('The table', () => {
  /** Other stations ask for our address: one STALE entry each. */
  function fill(bench: Bench, from: number, count: number): void {
    for (let index = from; index < from + count; index += 1) {
      bench.receive(
        arpRequest({
          senderAddress: ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + index),
          senderMac: 0x020001000000 + index,
        }),
      );
    }
  }
  const few = { gc_thresh1: 4, gc_thresh2: 8, gc_thresh3: 16 };

  /** Sends packets to addresses without a station: one INCOMPLETE entry each. */
  function ask(bench: Bench, from: number, count: number): number {
    let requests = 0;
    for (let index = from; index < from + count; index += 1) {
      requests += bench.send(ipv4Address(ipv4Bits(NOWHERE) + index)).length;
    }
    return requests;
  }

  it('never holds more than gc_thresh3: of the stations that only sent something, the first are evicted', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    fill(bench, 0, 40);
    expect(bench.core.neighbours(0)).toHaveLength(16);
    expect(bench.core.counters()).toMatchObject({ table_fulls: 0, evictions: 24 });
    expect([
      bench.state(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + 23)),
      bench.state(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + 24)),
    ]).toEqual(['none', 'STALE 20001000018']);
  });

  it('cannot be filled by invented stations: a packet of ours still finds its neighbour', () => {
    const bench = new Bench({}, few);
    for (let round = 0; round < 20; round += 1) {
      bench.nowMs += 100;
      fill(bench, round * 40, 40);
    }
    expect(bench.send(NOWHERE)).toHaveLength(1);
    fill(bench, 800, 40);
    expect(bench.answer(OTHER_MAC, NOWHERE)).toHaveLength(1);
    fill(bench, 840, 40);
    expect(bench.state(NOWHERE)).toBe('REACHABLE 200000000ee');
    expect(bench.tap.tx_dropped).toBe(0);
  });

  it('cannot be filled by addresses without a station: a station that sends to us is learnt and answered', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    expect(ask(bench, 0, 40)).toBe(16);
    // The refused packets; their interface counts them too.
    expect(bench.core.counters().table_fulls).toBe(24);
    expect(bench.tap.tx_dropped).toBe(24);
    expect(bench.receive(arpRequest())).toHaveLength(1);
    expect(bench.state()).toBe('STALE 20000000001');
    expect(bench.send()).toHaveLength(1);
    // The packet of the evicted entry.
    expect(bench.core.counters()).toMatchObject({ evictions: 1, unresolved_discards: 1 });
    expect(bench.tap.tx_dropped).toBe(25);
  });

  it('asks for no more than gc_thresh3 addresses in retrans_time_ms (RFC 1122 2.3.2.1), and for new ones then', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    expect(ask(bench, 0, 1000)).toBe(16);
    bench.nowMs += 990;
    expect(ask(bench, 1000, 1000)).toBe(0);
    bench.nowMs += 10;
    expect(ask(bench, 2000, 1000)).toBe(16);
    expect(bench.core.neighbours(0)).toHaveLength(16);
  });

  it('keeps half of itself for the last used neighbours, however many others are asked for', () => {
    const bench = new Bench({}, few);
    for (let index = 0; index < 16; index += 1) {
      bench.nowMs += 10;
      bench.send(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + index));
      bench.answer(
        0x020001000000 + index,
        ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + index),
      );
    }
    for (let round = 0; round < 3; round += 1) {
      ask(bench, round * 100, 100);
      bench.nowMs += 1_000;
    }
    const states = Array.from({ length: 16 }, (_, index) =>
      bench.state(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + index)).slice(0, 9),
    );
    expect(states).toEqual([...Array(8).fill('none'), ...Array(8).fill('REACHABLE')]);
  });

  it('refuses a neighbour if all are PERMANENT, and counts it', () => {
    const bench = new Bench({}, few);
    for (let index = 0; index < 16; index += 1) {
      bench.set(ipv4Address(ipv4Bits(PEER) + 16 + index), 0x020001000000 + index);
    }
    fill(bench, 16, 1);
    expect(bench.send(NOWHERE)).toEqual([]);
    expect(bench.set(PEER, PEER_MAC)).toBe('full');
    expect(bench.core.counters()).toMatchObject({ table_fulls: 3, evictions: 0 });
  });

  it('makes room above gc_thresh2 by dropping entries that have not changed for 5 s', () => {
    const bench = new Bench({}, few);
    fill(bench, 0, 12);
    bench.nowMs += 5_001;
    fill(bench, 12, 12);
    const { forced_gc_runs, table_fulls } = bench.core.counters();
    expect([forced_gc_runs > 0, table_fulls]).toEqual([true, 0]);
    expect(bench.core.neighbours(0).length).toBeLessThanOrEqual(16);
    expect(bench.state(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 16)) + 23))).toMatch(
      /^STALE/,
    );
  });

  it('is searched in vain at most once in 10 ms, however many new addresses are asked for', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    ask(bench, 0, 16);
    const before = bench.core.counters().forced_gc_runs;
    bench.nowMs += 10;
    ask(bench, 16, 100);
    expect(bench.core.counters().forced_gc_runs).toBe(before + 1);
    bench.nowMs += 10;
    ask(bench, 116, 100);
    expect(bench.core.counters().forced_gc_runs).toBe(before + 2);
    expect(bench.core.counters().table_fulls).toBe(200);
  });

  it('is searched once in 64 new stations, which evict each other', () => {
    const bench = new Bench();
    bench.nowMs = 10_000;
    fill(bench, 0, 1024 + 6400);
    expect(bench.core.counters().evictions).toBe(6400);
    expect(bench.core.counters().forced_gc_runs).toBeLessThan(105);
  });

  it('drops no more entries than it must, the oldest first', () => {
    const bench = new Bench({}, few);
    fill(bench, 0, 8);
    bench.nowMs += 5_001;
    fill(bench, 8, 1);
    expect(bench.core.counters().destroys).toBe(1);
    expect([
      bench.state(ipv4Address(ipv4Bits(PEER) + 16)),
      bench.state(ipv4Address(ipv4Bits(PEER) + 17)),
    ]).toEqual(['none', 'STALE 20001000001']);
  });

  it('keeps PERMANENT entries and entries with a timer when it makes room', () => {
    const bench = new Bench({ staticNeighbours: [{ address: PEER, mac: PEER_MAC }] }, few);
    bench.send(ip('192.0.2.200'));
    bench.answer(OTHER_MAC, ip('192.0.2.200'));
    for (let round = 0; round < 10; round += 1) {
      fill(bench, round * 4, 4);
      bench.nowMs += 2_000;
    }
    expect(bench.state()).toBe('PERMANENT 20000000001');
    expect(bench.state(ip('192.0.2.200'))).toBe('REACHABLE 200000000ee');
  });

  it('drops entries not used for gc_stale_time once it holds gc_thresh1, and runs no timer below', () => {
    const bench = new Bench({}, few);
    fill(bench, 0, 3);
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    fill(bench, 3, 1);
    expect(bench.core.nextDeadlineMs()).toBe(15_000);
    bench.pass(60_000);
    expect(bench.core.neighbours(0)).toHaveLength(4);
    bench.pass(15_001);
    expect(bench.core.neighbours(0)).toEqual([]);
    expect(bench.core.counters()).toMatchObject({ periodic_gc_runs: 5, destroys: 4 });
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('The bounds of the table', () => {
  it('change while running', () => {
    const bench = new Bench();
    bench.core.setSysctl({ gc_thresh3: 1 });
    bench.send(PEER);
    expect(bench.send(ipv4Address(ipv4Bits(PEER) + 9))).toEqual([]);
    bench.core.setSysctl({ gc_thresh3: 2 });
    expect(bench.send(ipv4Address(ipv4Bits(PEER) + 9))).toHaveLength(1);
  });
});

describe('handleTimeout', () => {
  it('does nothing before the deadline', () => {
    const bench = new Bench();
    bench.send();
    expect(bench.core.nextDeadlineMs()).toBe(1_000);
    bench.core.handleTimeout(999.9);
    expect(bench.frames()).toEqual([]);
    expect(bench.core.nextDeadlineMs()).toBe(1_000);
  });

  it('knows the earliest deadline of many neighbours', () => {
    const bench = new Bench();
    for (let index = 0; index < 5; index += 1) {
      bench.nowMs = index * 100;
      bench.send(ipv4Address(ipv4Bits(ipv4Address(ipv4Bits(PEER) + 10)) + index));
    }
    expect(bench.core.nextDeadlineMs()).toBe(1_000);
    bench.answer(PEER_MAC, ipv4Address(ipv4Bits(PEER) + 10));
    expect(bench.core.nextDeadlineMs()).toBe(1_100);
    bench.answer(PEER_MAC, ipv4Address(ipv4Bits(PEER) + 12));
    expect(bench.core.nextDeadlineMs()).toBe(1_100);
    bench.core.deleteNeighbour(1, ipv4Address(ipv4Bits(PEER) + 11));
    expect(bench.core.nextDeadlineMs()).toBe(1_300);
  });
});
