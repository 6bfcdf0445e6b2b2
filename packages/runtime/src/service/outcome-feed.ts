import type { Outcome } from '@strata/wire';

/** A core that reports what it does. */
export interface OutcomeSource {
  observe(on: boolean): void;
  pollOutcome(): Outcome | undefined;
}

/**
 * Called for each outcome. The PDU in it belongs to others: read it during the call only. A
 * listener must not throw.
 */
export type OutcomeListener = (outcome: Outcome) => void;

/** Passes a core's outcomes to listeners. The core is observed only while there are listeners. */
export class OutcomeFeed {
  readonly #source: OutcomeSource;
  readonly #listeners = new Set<OutcomeListener>();

  constructor(source: OutcomeSource) {
    this.#source = source;
  }

  /** Adds a listener. Returns how to remove it. */
  listen(listener: OutcomeListener): () => void {
    // A function of its own: one listener may be added twice.
    const own: OutcomeListener = (outcome) => listener(outcome);
    if (this.#listeners.size === 0) this.#source.observe(true);
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#source.observe(false);
    };
  }

  /** Passes on the outcomes since the last call. */
  tell(): void {
    if (this.#listeners.size === 0) return;
    const source = this.#source;
    for (let it = source.pollOutcome(); it !== undefined; it = source.pollOutcome()) {
      for (const listener of this.#listeners) listener(it);
    }
  }
}
