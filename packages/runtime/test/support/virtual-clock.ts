import type { Clock } from '../../src/index.ts';

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** A clock that a test advances. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  /** Number of timers set so far. */
  set = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    this.set += 1;
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Number of running timers. */
  get running(): number {
    return this.#timers.size;
  }

  /** Advances to `ms`, and fires the timers that are due on the way. */
  turnTo(ms: number): void {
    for (;;) {
      const due = [...this.#timers].filter((it) => it.dueMs <= ms);
      const first = due.sort((a, b) => a.dueMs - b.dueMs)[0];
      if (first === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, first.dueMs);
      this.#timers.delete(first);
      first.fire();
    }
    this.#nowMs = ms;
  }
}
