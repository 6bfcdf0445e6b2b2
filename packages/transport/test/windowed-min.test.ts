import { createWindowedMin } from '../src/tcp/state/timers.ts';
import { updateWindowedMin } from '../src/tcp/timers/windowed-min.ts';

describe('the minimum within a time window', () => {
  it('is Infinity before the first value, then the minimum', () => {
    const min = createWindowedMin();
    expect(min.values[0]).toBe(Infinity);
    expect(updateWindowedMin(min, 30, 1000, 0)).toBe(30);
    expect(updateWindowedMin(min, 40, 1000, 100)).toBe(30);
    expect(updateWindowedMin(min, 20, 1000, 200)).toBe(20);
  });

  it('drops values older than the window, and takes the minimum since', () => {
    const min = createWindowedMin();
    updateWindowedMin(min, 10, 1000, 0);
    for (let at = 50; at <= 1000; at += 50) {
      expect(updateWindowedMin(min, at === 600 ? 20 : 30, 1000, at)).toBe(10);
    }
    expect(updateWindowedMin(min, 30, 1000, 1050)).toBe(20);
    for (let at = 1100; at <= 1600; at += 50) updateWindowedMin(min, 30, 1000, at);
    expect(updateWindowedMin(min, 30, 1000, 1650)).toBe(30);
  });

  it('is never below the true minimum of the window, and never above the minimum of its last quarter', () => {
    const min = createWindowedMin();
    const all: { readonly at: number; readonly value: number }[] = [];
    let state = 7;
    for (let at = 0; at < 20_000; at += 10) {
      state = (state * 1103515245 + 12345) % 2147483648;
      const value = 10 + (state % 1000) + 200 * Math.sin(at / 700);
      all.push({ at, value });
      const got = updateWindowedMin(min, value, 1000, at);
      const within = (ms: number) =>
        Math.min(...all.filter((one) => at - one.at <= ms).map((one) => one.value));
      expect(got).toBeGreaterThanOrEqual(within(1000));
      expect(got).toBeLessThanOrEqual(within(250));
    }
  });

  it('starts again after a pause longer than the window', () => {
    const min = createWindowedMin();
    updateWindowedMin(min, 10, 1000, 0);
    expect(updateWindowedMin(min, 50, 1000, 5000)).toBe(50);
  });
});
