import type { BusStatus } from './bus.ts';
import { throwLater } from './scheduler.ts';

/** The state of a bus, and the listeners to its changes. */
export class StatusReporter {
  readonly #listeners = new Set<(status: BusStatus) => void>();
  #status: BusStatus;

  constructor(status: BusStatus) {
    this.#status = status;
  }

  get status(): BusStatus {
    return this.#status;
  }

  /** Changes the state and calls the listeners. `closed` is final. */
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

  /** Calls the listener at each change. Returns a function that stops it. */
  listen(listener: (status: BusStatus) => void): () => void {
    // A new function for each registration, so that a listener registered twice is called twice and
    // stopped once.
    const own = (status: BusStatus) => listener(status);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
