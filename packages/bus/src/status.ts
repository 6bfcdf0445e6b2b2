import type { BusStatus } from './bus.ts';
import { throwLater } from './scheduler.ts';

/** The state of a bus and who wants to hear of it. */
export class StatusReporter {
  readonly #listeners = new Set<(status: BusStatus) => void>();
  #status: BusStatus;

  constructor(status: BusStatus) {
    this.#status = status;
  }

  get status(): BusStatus {
    return this.#status;
  }

  /** Changes the state and tells the listeners. `closed` is for good. */
  set(status: BusStatus): void {
    if (this.#status === status || this.#status === 'closed') return;
    this.#status = status;
    for (const listener of [...this.#listeners]) {
      try {
        listener(status);
      } catch (error) {
        throwLater(error);
      }
    }
  }

  /** Calls the listener at each change. Returns how to stop it. */
  listen(listener: (status: BusStatus) => void): () => void {
    // An own function, so that one listener that is given twice is heard twice and stopped once.
    const own = (status: BusStatus) => listener(status);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
