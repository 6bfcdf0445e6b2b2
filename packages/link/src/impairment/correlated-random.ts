/**
 * Random numbers, each of which depends on the one before, as those of netem's get_crandom(): an
 * AR(1) process. A number is `(1 - correlation)` of a new uniform number and `correlation` of the
 * last one.
 *
 * The mean stays 1/2, and successive numbers have the given correlation. But the numbers gather
 * around the mean: their variance is (1 - c) / (1 + c) of that of uniform numbers. So an event of a
 * small probability happens less often than its probability says, as in netem.
 */
export class CorrelatedRandom {
  readonly #random: () => number;
  #last: number | undefined;

  /** `random`: uniform in 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next number, 0 to 1. `correlation`: 0 to 1. 0: the number is uniform and independent. */
  next(correlation: number): number {
    if (correlation === 0) return this.#random();
    this.#last ??= this.#random();
    this.#last = this.#random() * (1 - correlation) + this.#last * correlation;
    return this.#last;
  }

  /**
   * Whether an event of the probability `ratio` happens. Draws no number if the probability is 0.
   */
  happens(ratio: number, correlation: number): boolean {
    return ratio > 0 && this.next(correlation) < ratio;
  }
}
