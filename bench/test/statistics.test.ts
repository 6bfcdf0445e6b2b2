import { median, standsStill, summarize } from '../src/statistics.ts';

describe('median', () => {
  it.each([
    ['one value', [7], 7],
    ['an odd number, in any order', [9, 1, 100], 9],
    ['an even number: the mean of the two in the middle', [4, 1, 3, 100], 3.5],
    ['numbers, not their digits', [10, 9, 100], 10],
  ])('of %s', (_name, values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('of no values is refused', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('summarize', () => {
  it('gives the median with the smallest and the largest', () => {
    expect(summarize([5, 9, 1])).toEqual({ median: 5, min: 1, max: 9 });
  });
});

describe('standsStill', () => {
  it.each([
    ['a rise at the tolerance', 95, 100, true],
    ['a fall at the tolerance', 100, 95, true],
    ['a rise beyond it', 94, 100, false],
    ['a fall beyond it', 100, 94, false],
    ['nothing twice', 0, 0, true],
    ['something after nothing', 0, 1, false],
  ])('%s', (_name, before, after, expected) => {
    expect(standsStill(before, after, 0.05)).toBe(expected);
  });
});
