import { ipv4Address, ipv4Bits } from '@strata/wire';
import fc from 'fast-check';
import { LinkCore, LinkError, type LinkSnapshot } from '../src/index.ts';
import {
  arpReply,
  arpRequest,
  Bench,
  drain,
  ethernetFrame,
  ip,
  linkFrame,
  linkRequest,
  OTHER_MAC,
  OWN_MAC,
  PEER,
  TAP,
  udpPacket,
} from './support.ts';

/** One thing that happens to a core. */
type Step = (core: LinkCore, nowMs: number) => void;

const address = fc
  .integer({ min: 0, max: 5 })
  .map((index) => ipv4Address(ipv4Bits(PEER) + index * 2));
const mac = fc.constantFrom(0x020000000001, 0x020000000003, OTHER_MAC, OWN_MAC, 0xffffffffffff);
const step: fc.Arbitrary<Step> = fc.oneof(
  address.map(
    (nextHop): Step =>
      (core, nowMs) =>
        core.handleRequest(linkRequest({ nextHop, packet: udpPacket() }), nowMs),
  ),
  fc.tuple(address, mac).map(
    ([senderAddress, senderMac]): Step =>
      (core, nowMs) =>
        core.handleFrame(linkFrame(arpReply({ senderAddress, senderMac })), nowMs),
  ),
  fc.tuple(address, mac, address).map(
    ([senderAddress, senderMac, targetAddress]): Step =>
      (core, nowMs) =>
        core.handleFrame(linkFrame(arpRequest({ senderAddress, senderMac, targetAddress })), nowMs),
  ),
  address.map(
    (one): Step =>
      (core, nowMs) =>
        core.confirmNeighbour(1, one, nowMs),
  ),
  address.map(
    (one): Step =>
      (core) =>
        void core.deleteNeighbour(1, one),
  ),
  fc.constant<Step>((core, nowMs) => core.handleTimeout(nowMs)),
  fc.boolean().map(
    (isUp): Step =>
      (core) =>
        core.setInterfaceUp(1, isUp),
  ),
  fc.uint8Array({ maxLength: 60 }).map(
    (bytes): Step =>
      (core, nowMs) =>
        core.handleFrame(linkFrame(bytes.slice()), nowMs),
  ),
);
const steps = fc.array(fc.tuple(step, fc.constantFrom(0, 1, 999, 1_000, 5_000, 16_000, 31_000)), {
  maxLength: 40,
});

/** Everything that can be seen of a core after each step. */
function play(core: LinkCore, row: [Step, number][], startMs: number): unknown[] {
  let nowMs = startMs;
  return row.map(([happen, ms]) => {
    nowMs += ms;
    happen(core, nowMs);
    return {
      frames: drain(() => core.pollFrame()),
      indications: drain(() => core.pollIndication()),
      neighbours: core.neighbours(nowMs),
      counters: core.counters(),
      interfaces: core.interfaces(),
      untilTimerMs: core.nextDeadlineMs() - nowMs,
    };
  });
}

function makeCore(): LinkCore {
  const core = new LinkCore(
    { interfaces: [TAP], sysctl: { gc_thresh1: 3, gc_thresh2: 4, gc_thresh3: 5 } },
    () => 0.5,
  );
  drain(() => core.pollFrame());
  return core;
}

describe('A link core', () => {
  it('gives the same outputs for the same inputs, and never throws for any input', () => {
    fc.assert(
      fc.property(steps, (row) => {
        expect(play(makeCore(), row, 0)).toEqual(play(makeCore(), row, 0));
      }),
      { numRuns: 200 },
    );
  });

  it('has timers that end: none is left running if nothing comes in', () => {
    fc.assert(
      fc.property(steps, (row) => {
        const core = makeCore();
        play(core, row, 0);
        let nowMs = row.reduce((sum, [, ms]) => sum + ms, 0);
        for (let fired = 0; core.nextDeadlineMs() < Number.POSITIVE_INFINITY; fired += 1) {
          expect(fired).toBeLessThan(100);
          nowMs = Math.max(nowMs, core.nextDeadlineMs());
          core.handleTimeout(nowMs);
        }
        expect(core.neighbours(nowMs).every(({ waitingPackets }) => waitingPackets === 0)).toBe(
          true,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('A snapshot', () => {
  it('continues in another core with another clock as the first would have', () => {
    fc.assert(
      fc.property(
        steps,
        steps,
        fc.constantFrom(-50_000, 0, 1_000_000),
        (before, after, shiftMs) => {
          const first = makeCore();
          play(first, before, 0);
          const nowMs = before.reduce((sum, [, ms]) => sum + ms, 0);
          const second = makeCore();
          second.restore(structuredClone(first.snapshot(nowMs)), nowMs + shiftMs);
          expect(strip(play(second, after, nowMs + shiftMs))).toEqual(
            strip(play(first, after, nowMs)),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('holds packets that wait, the sysctl, and what was set on the interfaces', () => {
    const bench = new Bench();
    bench.send();
    bench.core.setSysctl({ 'neigh.tap0.mcast_solicit': 1 });
    bench.core.setMtu(1, 1_400);
    bench.core.setGroups(1, [ip('224.0.0.9')]);
    const snapshot = structuredClone(bench.core.snapshot(0));
    const heir = new Bench();
    heir.core.restore(snapshot, 5_000);
    expect(heir.core.sysctl()['neigh.tap0.mcast_solicit']).toBe(1);
    expect(heir.core.interfaces()[0]!.mtu).toBe(1_400);
    heir.receive(ethernetFrame(udpPacket(), 0x01005e000009));
    expect(heir.indications()).toMatchObject([{ cast: 'multicast' }]);
    expect(heir.core.nextDeadlineMs()).toBe(6_000);
    expect(heir.answer()).toHaveLength(1);
  });

  it('leaves out interfaces that the core does not have', () => {
    const bench = new Bench();
    bench.send();
    const heir = new LinkCore({ interfaces: [{ ...TAP, index: 2 }] }, () => 0.5);
    heir.restore(bench.core.snapshot(0), 0);
    expect(heir.neighbours(0)).toEqual([]);
  });

  it('of another version is refused', () => {
    const { core } = new Bench();
    const snapshot = { ...core.snapshot(0), version: 1 } as unknown as LinkSnapshot;
    expect(() => core.restore(snapshot, 0)).toThrow(LinkError);
  });
});

/** Removes what may differ: timers by a rounding error, and the counts of entries made. */
function strip(seen: unknown[]): unknown {
  return JSON.parse(
    JSON.stringify(seen, (name, value) => {
      if (name === 'allocs' || name === 'destroys') return undefined;
      return typeof value === 'number' && !Number.isInteger(value)
        ? Math.round(value * 1e3) / 1e3
        : value;
    }),
  );
}
