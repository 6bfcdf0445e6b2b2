import type { Logger } from './log.ts';
import { combineHealth, type Health, type Running } from './running.ts';

/** How long all parts together may take to stop. */
const DRAIN_TIMEOUT_MS = 8000;

/** A part that can be stopped. It may have a health. */
export interface Part {
  stop(): Promise<void> | void;
  health?(): Health;
}

/** The parts of a process, in the order in which they started. They stop in reverse order. */
export class Lifecycle {
  readonly #log: Logger;
  readonly #parts: { readonly name: string; readonly part: Part }[] = [];
  #state: 'starting' | 'ready' | 'draining' = 'starting';
  #drained: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  get state(): 'starting' | 'ready' | 'draining' {
    return this.#state;
  }

  /**
   * Adds a started part, and returns it. If the process is already draining, the part is stopped at
   * once.
   */
  add<Started extends Part | Running>(name: string, part: Started): Started {
    if (this.#state === 'draining') void this.#stop(name, part);
    else this.#parts.push({ name, part });
    return part;
  }

  /** All parts are up. */
  ready(): void {
    if (this.#state === 'starting') this.#state = 'ready';
  }

  /** Ok if the process is ready and each part is ok. */
  health(): Health {
    const healths: Record<string, Health> = {};
    for (const { name, part } of this.#parts) {
      if (part.health !== undefined) healths[name] = part.health();
    }
    const parts = combineHealth(healths);
    if (this.#state === 'ready') return parts;
    return { ok: false, reasons: [`the process is ${this.#state}`, ...parts.reasons] };
  }

  /**
   * Stops all parts, the last first. Never rejects. Does not wait for a part that takes too long.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#state = 'draining';
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), DRAIN_TIMEOUT_MS);
    });
    const stopped = (async () => {
      for (const { name, part } of [...this.#parts].reverse()) await this.#stop(name, part);
    })();
    if ((await Promise.race([stopped, timeout])) === 'late') {
      this.#log.warn({ timeoutMs: DRAIN_TIMEOUT_MS }, 'draining took too long');
    }
    clearTimeout(timer);
  }

  async #stop(name: string, part: Part): Promise<void> {
    try {
      await part.stop();
    } catch (error) {
      this.#log.warn({ err: error, part: name }, 'a part failed to stop');
    }
  }
}
