/** The models of netem, in seeded virtual time, against the formula of each. */
import { createHash } from 'node:crypto';
import { crc32 } from '@strata/wire';
import {
  CorrelatedRandom,
  completeLossModel,
  type Distribution,
  deviation,
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

const COUNT = 200_000;
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

/** Mean and standard deviation of each distribution, from its formula. */
const MOMENTS: Readonly<Record<Distribution, readonly [mean: number, deviation: number]>> = {
  uniform: [0, 1 / Math.sqrt(3)],
  normal: [0, 1],
  // (Y - 3/2) * 4/3 where Y has the density 3 / y^4 from 1, and Y is cut at M = 4.5.
  pareto: paretoMoments(4.5),
  paretonormal: [NaN, NaN],
};

function paretoMoments(most: number): readonly [number, number] {
  const first = 1.5 - 1 / (2 * most ** 2);
  const second = 3 - 2 / most;
  return [((first - 1.5) * 4) / 3, (Math.sqrt(second - first ** 2) * 4) / 3];
}

describe(`The distributions of the delay (seed ${SEED})`, () => {
  const delaysOf = (settings: Partial<ImpairmentSettings>) =>
    runWire(wireOf({ delayMs: 100, jitterMs: 10, ...settings }, SEED), COUNT / 4)
      .sort((a, b) => a.id - b.id)
      .map(({ atMs, sentMs }) => atMs - sentMs);

  it.each(['uniform', 'normal', 'pareto'] as const)('%s has its mean and deviation', (name) => {
    const delays = delaysOf({ delayDistribution: name });
    const [middle, spread] = MOMENTS[name];
    expect((mean(delays) - 100) / 10).toBeCloseTo(middle, 1);
    expect(deviationOf(delays) / 10 / spread).toBeCloseTo(1, 1);
  });

  it('paretonormal is a quarter of normal and three quarters of pareto', () => {
    for (const u of [0, 0.001, 0.25, 0.5, 0.75, 0.98]) {
      const mixed = deviation('normal', u) / 4 + (deviation('pareto', u) * 3) / 4;
      expect(deviation('paretonormal', u)).toBeCloseTo(mixed, 12);
    }
    const delays = delaysOf({ delayDistribution: 'paretonormal' });
    expect(Math.min(...delays)).toBeGreaterThan(100 - 10 * (3.67 / 4 + 0.5));
    expect(Math.max(...delays)).toBeLessThanOrEqual(100 + 10 * (32_767 / 8_192));
  });

  it('normal has the quantiles of the normal distribution', () => {
    // 68.27% lie within one deviation, 95.45% within two, 99.73% within three.
    const delays = delaysOf({ delayDistribution: 'normal' });
    for (const [sigmas, share] of [
      [1, 0.6827],
      [2, 0.9545],
      [3, 0.9973],
    ] as const) {
      expect(shareOf(delays.map((ms) => Math.abs(ms - 100) < 10 * sigmas))).toBeCloseTo(share, 2);
    }
    expect(deviation('normal', 0.975)).toBeCloseTo(1.96, 2);
    expect(deviation('normal', 0.025)).toBeCloseTo(-1.96, 2);
  });

  it('pareto has a long tail upwards only', () => {
    expect(deviation('pareto', 0)).toBeCloseTo(-2 / 3, 12);
    expect(deviation('pareto', 0.999_999)).toBe(32_767 / 8_192);
  });

  it.each(['uniform', 'normal', 'pareto'] as const)(
    '%s keeps the correlation of delays',
    (name) => {
      const delays = delaysOf({ delayDistribution: name, delayCorrelation: 0.5 });
      expect(correlationOf(delays)).toBeGreaterThan(0.4);
      expect(correlationOf(delays)).toBeLessThan(0.6);
      expect(Math.abs(correlationOf(delaysOf({ delayDistribution: name })))).toBeLessThan(0.05);
    },
  );
});

describe('The rate', () => {
  const spacing = (settings: Partial<ImpairmentSettings>, octets = 100) =>
    runWire(wireOf({ rateBitsPerSecond: 5_000, ...settings }), 5, 0, octets).map(
      ({ atMs }, at) => atMs / (at + 1),
    );

  it('counts the overhead of a frame, positive or negative', () => {
    expect(spacing({ packetOverheadOctets: 20 })).toEqual([192, 192, 192, 192, 192]);
    expect(spacing({ packetOverheadOctets: -14 })[0]).toBeCloseTo(137.6, 9);
    expect(spacing({ packetOverheadOctets: -1_000 })[0]).toBe(0);
  });

  it('counts whole cells, as ATM has: 50 octets take two cells of 48 and 5, which is 106', () => {
    expect(spacing({ cellOctets: 48, cellOverheadOctets: 5 }, 50)[0]).toBeCloseTo(169.6, 9);
    expect(spacing({ cellOctets: 48, cellOverheadOctets: 5 }, 48)[0]).toBeCloseTo(84.8, 9);
  });

  it("of tc-netem's example, 5kbit 20 100 5, sends 100 octets in 336 ms", () => {
    const example = { packetOverheadOctets: 20, cellOctets: 100, cellOverheadOctets: 5 };
    expect(spacing(example)[0]).toBeCloseTo(336, 9);
  });
});

describe(`Slots (seed ${SEED})`, () => {
  const FIXED = { kind: 'range', minMs: 10, maxMs: 10, frames: 0, octets: 0 } as const;
  const times = (settings: Partial<ImpairmentSettings>, count: number, everyMs: number) =>
    runWire(wireOf(settings, SEED), count, everyMs).map(({ atMs }) => atMs);

  it('gather the frames that come until a slot opens', () => {
    // The slot of the frame at 0 opens at 10; that of the frame at 11, the first behind it, at 21.
    expect(times({ slot: FIXED }, 30, 1)).toEqual([
      ...new Array(11).fill(10),
      ...new Array(11).fill(21),
      ...new Array(8).fill(32),
    ]);
  });

  it('have room for so many frames', () => {
    const slot = { ...FIXED, frames: 3 };
    expect(times({ slot }, 8, 0)).toEqual([10, 10, 10, 20, 20, 20, 30, 30]);
  });

  it('have room for so many octets; the last frame may exceed them', () => {
    const slot = { ...FIXED, octets: 250 };
    expect(times({ slot }, 7, 0)).toEqual([10, 10, 10, 20, 20, 20, 30]);
  });

  it('open after a time that is uniform in a range', () => {
    const slot = { ...FIXED, minMs: 5, maxMs: 15, frames: 1 };
    const opened = times({ slot }, 20_000, 0);
    const gaps = opened.map((ms, at) => ms - (opened[at - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5 - 1e-6);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15 + 1e-6);
    expect(mean(gaps) / 10).toBeCloseTo(1, 1);
    expect(deviationOf(gaps) / (10 / Math.sqrt(12))).toBeCloseTo(1, 1);
  });

  it('open after a time of a distribution', () => {
    const slot = {
      kind: 'distribution',
      distribution: 'normal',
      delayMs: 20,
      jitterMs: 4,
      frames: 1,
      octets: 0,
    } as const;
    const opened = times({ slot }, 20_000, 0);
    const gaps = opened.map((ms, at) => ms - (opened[at - 1] ?? 0));
    expect(mean(gaps) / 20).toBeCloseTo(1, 1);
    expect(deviationOf(gaps) / 4).toBeCloseTo(1, 1);
  });

  it('come behind the delay', () => {
    expect(times({ delayMs: 100, slot: FIXED }, 1, 0)).toEqual([110]);
  });

  it('are not for a reordered frame, which goes at once', () => {
    const settings = { delayMs: 5, reorderRatio: 1, reorderGap: 3, slot: FIXED };
    const arrivals = runWire(wireOf(settings), 6, 0);
    expect(arrivals.map(({ id, atMs }) => [id, Math.max(0, atMs)])).toEqual([
      [2, 0],
      [5, 0],
      ...[0, 1, 3, 4].map((id) => [id, 10]),
    ]);
  });

  it('that are taken away let the frames go that wait for one', () => {
    const wire = wireOf({ slot: FIXED });
    wire.handle(numbered(0), 0);
    wire.configure({ slot: undefined });
    expect(wire.nextDeadlineMs()).toBe(0);
    expect(wire.poll(0)).toBeDefined();
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
