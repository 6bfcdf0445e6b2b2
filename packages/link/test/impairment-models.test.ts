/** netem's models of loss, in seeded virtual time, against the formula of each. */
import { createHash } from 'node:crypto';
import { crc32 } from '@strata/wire';
import {
  CorrelatedRandom,
  completeLossModel,
  type ImpairmentSettings,
  isClearWire,
  type LossModel,
  NO_IMPAIRMENT,
  seededRandom,
} from '../src/index.ts';
import {
  correlationOf,
  deviationOf,
  mean,
  numbered,
  runsOf,
  runWire,
  wireOf,
} from './impairment-run.ts';
import { drain, ethernetFrame, linkFrame, udpPacket } from './support.ts';

const COUNT = 100_000;
/** Printed by the name of each test. */
const SEED = 20_261_127;

/** Which of `COUNT` frames are lost. */
function losses(settings: Partial<ImpairmentSettings>): boolean[] {
  const arrivals = runWire(wireOf(settings, SEED), COUNT);
  const lost = new Array<boolean>(COUNT).fill(true);
  for (const { id } of arrivals) lost[id] = false;
  return lost;
}

function shareOf(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

describe(`Correlated random numbers (get_crandom, seed ${SEED})`, () => {
  it.each([0.1, 0.25, 0.5, 0.9])(
    'of correlation %d have it from each to the next, the mean 1/2, and less variance',
    (c) => {
      const source = new CorrelatedRandom(seededRandom(SEED));
      const values = Array.from({ length: COUNT }, () => source.next(c));
      expect(correlationOf(values)).toBeCloseTo(c, 1);
      expect(mean(values)).toBeCloseTo(0.5, 1);
      const variance = ((1 - c) / (1 + c)) * (1 / 12);
      expect(deviationOf(values) ** 2 / variance).toBeCloseTo(1, 1);
    },
  );

  it('of correlation 1 stay at the first number', () => {
    const source = new CorrelatedRandom(seededRandom(SEED));
    const first = source.next(1);
    expect([source.next(1), source.next(1)]).toEqual([first, first]);
  });

  it('of correlation 0 are those of the random source, one for one', () => {
    const source = new CorrelatedRandom(seededRandom(3));
    const plain = seededRandom(3);
    expect([source.next(0), source.next(0)]).toEqual([plain(), plain()]);
  });
});

describe(`Losses (seed ${SEED})`, () => {
  it('with a correlation follow each other, and are as many where the ratio is 1/2', () => {
    const lost = losses({ lossRatio: 0.5, lossCorrelation: 0.6 });
    expect(shareOf(lost)).toBeCloseTo(0.5, 1);
    const after = lost.slice(1).filter((_, at) => lost[at]);
    // Two jointly symmetric numbers of correlation c lie on one side of the mean in more than half
    // of the cases; of normal ones in 1/2 + asin(c) / pi.
    expect(shareOf(after)).toBeCloseTo(0.5 + Math.asin(0.6) / Math.PI, 1);
  });

  it('with a correlation become rarer than a small ratio says, as in netem', () => {
    const plain = shareOf(losses({ lossRatio: 0.05 }));
    const correlated = shareOf(losses({ lossRatio: 0.05, lossCorrelation: 0.5 }));
    expect(plain).toBeCloseTo(0.05, 2);
    expect(correlated).toBeLessThan(0.03);
  });

  it.each([
    [0.01, 0.1],
    [0.05, 0.25],
    [0.2, 0.5],
  ])('of the simple Gilbert model (p %d, r %d) have its ratio, bursts and gaps', (p, r) => {
    const lost = losses({ lossModel: { kind: 'gemodel', p, r, oneMinusH: 1, oneMinusK: 0 } });
    expect(shareOf(lost) / (p / (p + r))).toBeCloseTo(1, 1);
    expect(mean(runsOf(lost)) * r).toBeCloseTo(1, 1);
    expect(mean(runsOf(lost.map((one) => !one))) * p).toBeCloseTo(1, 1);
  });

  it('of the Gilbert-Elliott model have the ratio of both states', () => {
    const model = { p: 0.02, r: 0.1, oneMinusH: 0.7, oneMinusK: 0.01 };
    const lost = losses({ lossModel: { kind: 'gemodel', ...model } });
    const { p, r, oneMinusH, oneMinusK } = model;
    expect(shareOf(lost) / ((r * oneMinusK + p * oneMinusH) / (p + r))).toBeCloseTo(1, 1);
  });

  it.each<[string, Extract<LossModel, { kind: 'state' }>]>([
    ['one', { kind: 'state', p13: 0.05, p31: 0.95, p32: 0, p23: 1, p14: 0 }],
    ['two', { kind: 'state', p13: 0.02, p31: 0.2, p32: 0, p23: 1, p14: 0 }],
    ['three', { kind: 'state', p13: 0.02, p31: 0.1, p32: 0.3, p23: 0.5, p14: 0 }],
    ['four', { kind: 'state', p13: 0.02, p31: 0.1, p32: 0.3, p23: 0.5, p14: 0.03 }],
  ])('of a Markov chain with %s of its states in use have its ratio and bursts', (_, model) => {
    const lost = losses({ lossModel: model });
    const { p13, p31, p32, p23, p14 } = model;
    // The chain in balance: pi1 * p13 = pi3 * p31, pi3 * p32 = pi2 * p23, pi4 = pi1 * p14.
    const weights = [1, (p13 / p31) * (p32 / p23), p13 / p31, p14];
    const sum = weights.reduce((total, one) => total + one, 0);
    expect(shareOf(lost) / ((weights[2]! + weights[3]!) / sum)).toBeCloseTo(1, 1);
    // A run of losses begins in state 3 or, one long, in state 4.
    const begins = p13 + weights[1]! * p23 + p14;
    const expected = (weights[2]! + weights[3]!) / begins;
    expect(mean(runsOf(lost)) / expected).toBeCloseTo(1, 1);
  });

  it('are marks where the packet is ECN-capable and ecn is set', () => {
    const wire = wireOf({ lossRatio: 1, ecn: true });
    const frameWith = (ecn: number) => {
      const packet = udpPacket(60);
      packet[1] = ecn;
      const sum = ((packet[10]! << 8) | packet[11]!) - ecn;
      packet[10] = sum >> 8;
      packet[11] = sum & 0xff;
      const bytes = ethernetFrame(packet);
      return linkFrame(bytes, { fcs: crc32(bytes) });
    };
    for (const ecn of [0, 1, 2]) wire.handle(frameWith(ecn), 0);
    const out = drain(() => wire.poll(0));
    expect(out.map(({ frame }) => frame[15]! & 3)).toEqual([3, 3]);
    expect(out.every(({ frame, fcs }) => fcs === crc32(frame))).toBe(true);
    expect(wire.counters()).toMatchObject({ lost: 1, ce_marked: 2, frames_out: 2 });
  });
});

describe('The counters', () => {
  it('tell what waits, and how many frames had to', () => {
    const wire = wireOf({ delayMs: 10 });
    wire.handle(numbered(0, 100), 0);
    wire.handle(numbered(1, 60), 0);
    expect([wire.backlog, wire.backlogOctets]).toEqual([2, 160]);
    drain(() => wire.poll(10));
    expect([wire.backlog, wire.backlogOctets]).toEqual([0, 0]);
    wire.configure({ delayMs: 0 });
    wire.handle(numbered(2), 20);
    drain(() => wire.poll(20));
    expect(wire.counters()).toMatchObject({ delayed: 2, frames_out: 3, octets_out: 260 });
  });
});

describe('A dropped frame', () => {
  it('can be polled with its reason while the impairment is observed', () => {
    const wire = wireOf({ lossRatio: 1 });
    wire.handle(numbered(0), 0);
    wire.observe(true);
    const lost = numbered(1);
    wire.handle(lost, 5);
    wire.configure({ lossRatio: 0, delayMs: 10, limitFrames: 1 });
    const [first, second, unfit] = [numbered(2), numbered(3), numbered(4)];
    wire.handle(first, 6);
    wire.handle(second, 7);
    wire.refuse(unfit, 8);
    expect(drain(() => wire.pollDrop())).toEqual([
      { frame: lost, reason: 'strata/NETEM_LOSS', atMs: 5 },
      { frame: second, reason: 'QDISC_OVERLIMIT', atMs: 7 },
      { frame: unfit, reason: 'SKB_GSO_SEG', atMs: 8 },
    ]);
    expect(wire.counters()).toMatchObject({ lost: 2, dropped_overlimit: 1, dropped_unfit: 1 });
    wire.handle(numbered(5), 8);
    wire.observe(false);
    expect(wire.pollDrop()).toBeUndefined();
  });
});

describe('A setting of a model', () => {
  const STATE = { kind: 'state', p13: 0.1, p31: 0.9, p32: 0, p23: 1, p14: 0 } as const;
  const SLOT = { kind: 'range', minMs: 1, maxMs: 2, frames: 0, octets: 0 } as const;

  it.each<[Partial<ImpairmentSettings>, string]>([
    [{ lossCorrelation: 1.1 }, 'lossCorrelation is 1.1, not within 0 to 1'],
    [{ lossModel: { ...STATE, p23: 2 } }, 'lossModel p23 is 2, not within 0 to 1'],
    [
      { lossModel: { ...STATE, p13: 0.6, p14: 0.6 } },
      'lossModel leaves a state with more than 1: p13 + p14',
    ],
    [{ lossModel: { ...STATE, p32: 0.6 } }, 'lossModel leaves a state with more than 1: p13 + p14'],
    [{ lossModel: STATE, lossRatio: 0.1 }, 'with a lossModel (state) it must be 0'],
    [{ delayDistribution: 'gauss' as never }, 'not one of uniform, normal, pareto, paretonormal'],
    [{ packetOverheadOctets: 0.5 }, 'packetOverheadOctets is 0.5, not an integer'],
    [{ cellOctets: -1 }, 'cellOctets is -1, not within 0 to 65535'],
    [{ slot: { ...SLOT, maxMs: 0 } }, 'slot maxMs is 0, not within 1 to 3600000'],
    [{ slot: { ...SLOT, frames: -1 } }, 'slot frames is -1'],
  ])('is refused out of range: %j', (settings, message) => {
    expect(() => wireOf(settings)).toThrow(message);
  });

  it('may hold probabilities that add up to 1', () => {
    expect(() => wireOf({ lossModel: { ...STATE, p31: 0.7, p32: 0.3 } })).not.toThrow();
  });

  it("that is missing in a loss model has tc's default", () => {
    expect(completeLossModel({ kind: 'state', p13: 0.01 })).toEqual({
      ...STATE,
      p13: 0.01,
      p31: 0.99,
    });
    expect(completeLossModel({ kind: 'gemodel', p: 0.1, oneMinusH: 0.7 })).toEqual({
      kind: 'gemodel',
      p: 0.1,
      r: 0.9,
      oneMinusH: 0.7,
      oneMinusK: 0,
    });
  });

  it('alone makes a wire clear or not', () => {
    expect(isClearWire({ ...NO_IMPAIRMENT, limitFrames: 5, lossCorrelation: 0.5, ecn: true })).toBe(
      true,
    );
    expect(isClearWire({ ...NO_IMPAIRMENT, lossModel: STATE })).toBe(false);
    expect(isClearWire({ ...NO_IMPAIRMENT, slot: SLOT })).toBe(false);
    expect(isClearWire({ ...NO_IMPAIRMENT, ceMarkRatio: 0.1 })).toBe(false);
  });
});

describe('A seed', () => {
  it('gives what it gave before the models came, where none is in use', () => {
    const settings = {
      lossRatio: 0.1,
      delayMs: 10,
      jitterMs: 5,
      duplicateRatio: 0.1,
      corruptRatio: 0.1,
      reorderRatio: 0.1,
      reorderGap: 3,
      rateBitsPerSecond: 2e6,
      limitFrames: 20,
    };
    const hash = createHash('sha256');
    for (const { atMs, frame } of runWire(wireOf(settings, 7), 2_000, 0.4)) {
      hash.update(`${atMs}:`);
      hash.update(frame.frame);
    }
    expect(hash.digest('hex')).toBe(
      'd22ea79e0fda7973b6e30c790ebe9ec34ef815772958b5e92bd183844b701750',
    );
  });
});
