/** Items that all wait for the same time, so that the first in is the first out: no search, whatever their number. */
export class DelayQueue<Item> {
  readonly #delayMs: number;
  readonly #deadlines = new Map<Item, number>();

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Starts the item's time anew. */
  restart(item: Item, nowMs: number): void {
    this.#deadlines.delete(item);
    this.#deadlines.set(item, nowMs + this.#delayMs);
  }

  /** Starts the item's time where it does not run yet. */
  start(item: Item, nowMs: number): void {
    if (!this.#deadlines.has(item)) this.#deadlines.set(item, nowMs + this.#delayMs);
  }

  delete(item: Item): void {
    this.#deadlines.delete(item);
  }

  clear(): void {
    this.#deadlines.clear();
  }

  /** Infinity: nothing waits. */
  nextDeadlineMs(): number {
    for (const deadlineMs of this.#deadlines.values()) return deadlineMs;
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out each item whose time is over, the first one first, and hands it to `expire`, which may start it anew. */
  run(nowMs: number, expire: (item: Item) => void): void {
    for (const [item, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) return;
      this.#deadlines.delete(item);
      expire(item);
    }
  }
}
