import type { Place } from '../clients.ts';

/** A server of some kind that runs, with a namespace of the host that reaches it. */
export interface Stand extends Place {
  stop(): Promise<void>;
}

/** What runs for one row of the bench: several of its sides may share a server. */
export class Lab {
  readonly #running = new Map<() => Promise<Stopped>, Promise<Stopped>>();

  /** What `start` starts, started once. */
  use<Started extends Stopped>(start: () => Promise<Started>): Promise<Started> {
    let running = this.#running.get(start);
    if (running === undefined) {
      running = start();
      this.#running.set(start, running);
    }
    return running as Promise<Started>;
  }

  /** Stops all of it, the last first. Rejects with the first failure once all have been told. */
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
