import { ETHERTYPE_ARP, EthernetFrame } from '@strata/wire';
import type { NeighbourFilter } from '../src/index.ts';
import { arpRequest, Bench, ip, OTHER_MAC, PEER, PEER_MAC } from './support.ts';

const STALE = 'STALE 20000000001';
const REACHABLE = 'REACHABLE 20000000001';

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

describe('Entries set by hand', () => {
  it('release the waiting packets', () => {
    const bench = new Bench();
    bench.send();
    bench.set(PEER, PEER_MAC);
    expect(bench.frames().map(({ frame }) => isArp(frame))).toEqual([false]);
    expect(bench.pass(60_000)).toEqual([]);
  });

  it('may be changed by ARP if they are not PERMANENT', () => {
    const bench = new Bench();
    bench.set(PEER, OTHER_MAC, 'STALE');
    bench.receive(arpRequest());
    expect(bench.state()).toBe(STALE);
  });

  it.each([
    ['NOARP', []],
    ['REACHABLE', []],
    ['STALE', []],
    ['DELAY', [5_000, 6_000, 7_000]],
    ['PROBE', [0, 1_000, 2_000]],
    ['INCOMPLETE', [1_000, 2_000]],
    ['FAILED', []],
  ] as const)('may be %s, and are asked as in that state', (state, askedMs) => {
    const bench = new Bench();
    expect(bench.set(PEER, PEER_MAC, state)).toMatchObject({ state });
    bench.frames();
    expect(bench.pass(20_000).map(({ atMs }) => atMs)).toEqual(askedMs);
  });

  it('need a MAC address to be used, and take that of the entry', () => {
    const bench = new Bench();
    const setting = {
      interfaceIndex: 1,
      address: PEER,
      mac: undefined,
      state: 'PERMANENT',
    } as const;
    expect(bench.core.setNeighbour(setting, 0)).toBe('no-mac');
    expect(bench.state()).toBe('none');
    bench.set(PEER, PEER_MAC, 'STALE');
    expect(bench.core.setNeighbour(setting, 0)).toMatchObject({ mac: PEER_MAC });
  });

  it('that are NOARP are not changed by ARP', () => {
    const bench = new Bench();
    bench.set(PEER, OTHER_MAC, 'NOARP');
    bench.receive(arpRequest());
    expect(bench.core.neighbours(0)).toMatchObject([{ mac: OTHER_MAC, state: 'NOARP' }]);
  });

  it('are flushed by interface, state and network; PERMANENT and NOARP only if they are named', () => {
    const bench = new Bench();
    const all = { interfaceIndex: undefined, states: [], destination: undefined } as const;
    bench.set(ip('192.0.2.7'), 7, 'STALE');
    bench.set(ip('192.0.2.8'), 8, 'NOARP');
    bench.set(ip('192.0.2.9'), 9, 'PERMANENT');
    const near = { address: ip('192.0.2.0'), prefixLength: 24 };
    const far = { address: ip('198.51.100.0'), prefixLength: 24 };
    const flush = (filter: Partial<NeighbourFilter>) =>
      bench.core.flushNeighbours({ ...all, ...filter }, 0).map(({ mac }) => mac);
    expect(flush({ interfaceIndex: 2 })).toEqual([]);
    expect(flush({ destination: far })).toEqual([]);
    expect(flush({ states: ['REACHABLE'] })).toEqual([]);
    expect(flush({ interfaceIndex: 1, destination: near })).toEqual([7]);
    expect(flush({ states: ['NOARP', 'PERMANENT'] })).toEqual([8, 9]);
  });

  it('are removed, and their waiting packets are unreachable', () => {
    const bench = new Bench();
    bench.send();
    expect(bench.core.deleteNeighbour(1, PEER)).toBe(true);
    expect(bench.core.deleteNeighbour(1, PEER)).toBe(false);
    expect(bench.indications()).toMatchObject([{ kind: 'unreachable', nextHop: PEER }]);
    expect(bench.state()).toBe('none');
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('show their ages as `ip -s neigh` does', () => {
    const bench = reachable();
    bench.pass(4_000);
    bench.send();
    bench.pass(2_000);
    expect(bench.neighbour()).toMatchObject({
      usedAgeMs: 2_000,
      confirmedAgeMs: 6_000,
      updatedAgeMs: 6_000,
    });
    bench.pass(26_000);
    expect(bench.neighbour()).toMatchObject({ state: 'STALE', updatedAgeMs: 2_000 });
  });
});
