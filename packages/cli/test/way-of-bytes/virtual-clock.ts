import type { Clock } from '@strata/runtime';

let nowMs = 1000;

/**
 * Takes the clock away from the machine: it stands, so that what happens depends on no timing. No
 * timer fires but one that is due.
 */
export function standStill(): Clock {
  performance.now = () => nowMs;
  return {
    nowMs: () => nowMs,
    after(delayMs, fire) {
      if (delayMs > 0) return () => {};
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    },
  };
}

export function advance(ms: number): void {
  nowMs += ms;
}
