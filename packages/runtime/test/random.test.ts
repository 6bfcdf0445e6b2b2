import { createRandom } from '../src/random.ts';

describe('createRandom', () => {
  it('gives numbers in [0, 1), spread over the whole range and not repeated', () => {
    const random = createRandom();
    const drawn = Array.from({ length: 5000 }, random);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(4990);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });
});
