/** The models of netem that move frames in time, in seeded virtual time, against their formula. */
import { type Distribution, deviation, type ImpairmentSettings } from '../src/index.ts';
import { correlationOf, deviationOf, mean, numbered, runWire, wireOf } from './impairment-run.ts';

const COUNT = 100_000;
/** Printed by the name of each test. */
const SEED = 20_261_127;

function shareOf(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

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
