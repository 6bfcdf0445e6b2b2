import type { Place } from '../clients.ts';

/** A running server, and a namespace of the host that reaches it. */
export interface Stand extends Place {
  stop(): Promise<void>;
}

/** The running servers of one row of the bench. Several sides may share a server. */
export class Lab {
  readonly #running = new Map<() => Promise<Stopped>, Promise<Stopped>>();

  /** Starts a server once. Later calls with the same `start` return the same server. */
  use<Started extends Stopped>(start: () => Promise<Started>): Promise<Started> {
    let running = this.#running.get(start);
    if (running === undefined) {
      running = start();
      this.#running.set(start, running);
    }
    return running as Promise<Started>;
  }

  /**
   * Stops all servers, the last one first. If any fail, rejects with the first failure after all
   * were told to stop.
   */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const running of [...this.#running.values()].reverse()) {
      const started = await running.catch(() => undefined);
      await started?.stop().catch((error: unknown) => failures.push(error));
    }
    this.#running.clear();
    if (failures.length > 0) throw failures[0];
  }
}

interface Stopped {
  stop(): Promise<void>;
}
