import { sfc32 } from '@strata/link';

/**
 * A pseudo-random sequence that depends on its seed alone (sfc32), so that a run can be repeated.
 * Not for secrets.
 */
export class SeededRandom {
  /** 0 to 2^32 - 1. */
  readonly uint32: () => number;

  /** `seed`: any integer; `stream`: another number gives another sequence for the same seed. */
  constructor(seed: number, stream = 0) {
    this.uint32 = sfc32(0x9e3779b9, 0x243f6a88 ^ stream, seed >>> 0, 12);
  }

  /** A uniform number in [0, 1). */
  readonly next = (): number => this.uint32() / 0x100000000;

  /** An integer from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True with the given probability. */
  chance(ratio: number): boolean {
    return ratio > 0 && this.next() < ratio;
  }

  /** One of the values. */
  pick<Value>(values: readonly Value[]): Value {
    return values[this.integer(0, values.length - 1)]!;
  }
}
