/**
 * Timeouts of one length for many items. They expire in the order in which they started: nothing is
 * searched or sorted.
 */
export class TimeoutQueue<Item> {
  readonly #timeoutMs: number;
  readonly #deadlines = new Map<Item, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Starts the item's timeout, from the beginning if it runs already. */
  restart(item: Item, nowMs: number): void {
    this.#deadlines.delete(item);
    this.#deadlines.set(item, nowMs + this.#timeoutMs);
  }

  /** Starts the item's timeout unless it runs already. */
  start(item: Item, nowMs: number): void {
    if (!this.#deadlines.has(item)) this.#deadlines.set(item, nowMs + this.#timeoutMs);
  }

  delete(item: Item): void {
    this.#deadlines.delete(item);
  }

  /** Infinity: no timeout runs. */
  nextDeadlineMs(): number {
    for (const deadlineMs of this.#deadlines.values()) return deadlineMs;
    return Number.POSITIVE_INFINITY;
  }

  /**
   * Removes the items whose timeout expired, the earliest first. Calls `expire` for each, which may
   * restart it.
   */
  run(nowMs: number, expire: (item: Item) => void): void {
    for (const [item, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) return;
      this.#deadlines.delete(item);
      expire(item);
    }
  }
}
