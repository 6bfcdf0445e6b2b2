import { arpRequest, Bench, ip, OTHER_MAC, PEER, PEER_MAC } from './support.ts';

describe('The table', () => {
  /** Other stations ask for us: one stale entry each. */
  function fill(bench: Bench, from: number, count: number): void {
    for (let index = from; index < from + count; index += 1) {
      bench.receive(
        arpRequest({ senderAddress: PEER + 16 + index, senderMac: 0x020001000000 + index }),
      );
    }
  }
  const few = { gc_thresh1: 4, gc_thresh2: 8, gc_thresh3: 16 };

  it('never holds more than gc_thresh3, and counts what it refuses', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    fill(bench, 0, 40);
    expect(bench.core.neighbours(0)).toHaveLength(16);
    expect(bench.core.counters().table_fulls).toBe(24);
    expect(bench.send(ip('192.0.2.200'))).toEqual([]);
  });

  it('makes room above gc_thresh2 by dropping what has not changed for 5 s', () => {
    const bench = new Bench({}, few);
    fill(bench, 0, 12);
    bench.nowMs += 5_001;
    fill(bench, 12, 12);
    const { forced_gc_runs, table_fulls } = bench.core.counters();
    expect([forced_gc_runs > 0, table_fulls]).toEqual([true, 0]);
    expect(bench.core.neighbours(0).length).toBeLessThanOrEqual(16);
    expect(bench.state(PEER + 16 + 23)).toMatch(/^STALE/);
  });

  it('is searched in vain once in 10 ms, however many new addresses come', () => {
    const bench = new Bench({}, few);
    bench.nowMs = 10_000;
    fill(bench, 0, 16);
    const before = bench.core.counters().forced_gc_runs;
    bench.nowMs += 10;
    fill(bench, 16, 100);
    expect(bench.core.counters().forced_gc_runs).toBe(before + 1);
    bench.nowMs += 10;
    fill(bench, 116, 100);
    expect(bench.core.counters().forced_gc_runs).toBe(before + 2);
    expect(bench.core.counters().table_fulls).toBe(200);
  });

  it('drops no more than it must, the oldest entries', () => {
    const bench = new Bench({}, few);
    fill(bench, 0, 8);
    bench.nowMs += 5_001;
    fill(bench, 8, 1);
    expect(bench.core.counters().destroys).toBe(1);
    expect([bench.state(PEER + 16), bench.state(PEER + 17)]).toEqual(['none', 'STALE 20001000001']);
  });

  it('leaves PERMANENT entries and such with a timer when it makes room', () => {
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

  it('drops what was not used for gc_stale_time once it holds gc_thresh1, and runs no timer below', () => {
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
    expect(bench.send(PEER + 9)).toEqual([]);
    bench.core.setSysctl({ gc_thresh3: 2 });
    expect(bench.send(PEER + 9)).toHaveLength(1);
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
      bench.send(PEER + 10 + index);
    }
    expect(bench.core.nextDeadlineMs()).toBe(1_000);
    bench.answer(PEER_MAC, PEER + 10);
    expect(bench.core.nextDeadlineMs()).toBe(1_100);
    bench.answer(PEER_MAC, PEER + 12);
    expect(bench.core.nextDeadlineMs()).toBe(1_100);
    bench.core.deleteNeighbour(1, PEER + 11);
    expect(bench.core.nextDeadlineMs()).toBe(1_300);
  });
});
