import type { Outcome } from '@strata/wire';

/** A core that tells what it does. */
export interface OutcomeSource {
  observe(on: boolean): void;
  pollOutcome(): Outcome | undefined;
}

/**
 * Hears of one thing that a core did. The PDU in it belongs to others: it may be read during the
 * call only. A listener must not throw.
 */
export type OutcomeListener = (outcome: Outcome) => void;

/** Tells listeners what a core does. The core is observed only while there is one. */
export class OutcomeFeed {
  readonly #source: OutcomeSource;
  readonly #listeners = new Set<OutcomeListener>();

  constructor(source: OutcomeSource) {
    this.#source = source;
  }

  /** Returns how to stop it. */
  listen(listener: OutcomeListener): () => void {
    // Of its own, so that a function may listen twice.
    const own: OutcomeListener = (outcome) => listener(outcome);
    if (this.#listeners.size === 0) this.#source.observe(true);
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#source.observe(false);
    };
  }

  /** Tells all that the core has done since the last call. */
  tell(): void {
    if (this.#listeners.size === 0) return;
    const source = this.#source;
    for (let it = source.pollOutcome(); it !== undefined; it = source.pollOutcome()) {
      for (const listener of this.#listeners) listener(it);
    }
  }
}
