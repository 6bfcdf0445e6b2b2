import { seededRandom } from '../src/index.ts';

describe('seededRandom', () => {
  it('gives the same sequence for the same seed, and another for another seed', () => {
    const row = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(row(1)).toEqual(row(1));
    expect(row(1)).not.toEqual(row(2));
    expect(new Set([0, 1, 2, 3, 2 ** 31, -1].map((seed) => row(seed)[0])).size).toBe(6);
  });

  it('is uniform in 0 to 1, 1 excluded, for neighbouring seeds too', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seededRandom(seed);
      for (let count = 0; count < 1_000; count += 1) buckets[Math.floor(random() * 10)]! += 1;
    }
    expect(buckets).toHaveLength(10);
    // 10,000 each; five standard deviations are 475.
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });

  it('does not repeat soon', () => {
    const random = seededRandom(7);
    expect(new Set(Array.from({ length: 10_000 }, random)).size).toBeGreaterThan(9_990);
  });
});
