import type { Clock } from '../../src/index.ts';

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** A clock that a test turns. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  /** Timers that were ever set. */
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

  /** Timers that run. */
  get running(): number {
    return this.#timers.size;
  }

  /** Turns to `ms`, firing on the way what is due. */
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
