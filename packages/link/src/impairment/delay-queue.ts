/**
 * A queue of items with due times. It returns them in the order of time; items of equal time in the
 * order of arrival. It is a binary heap: O(log n).
 */
export class DelayQueue<Item> {
  readonly #items: Item[] = [];
  readonly #dueMs: number[] = [];
  readonly #arrivals: number[] = [];
  #arrived = 0;

  get length(): number {
    return this.#items.length;
  }

  /** When the first item is due; Infinity: the queue is empty. */
  get nextDueMs(): number {
    return this.#dueMs[0] ?? Number.POSITIVE_INFINITY;
  }

  push(item: Item, dueMs: number): void {
    const arrival = this.#arrived;
    this.#arrived += 1;
    let at = this.#items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(dueMs, arrival, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, item, dueMs, arrival);
  }

  /** Removes and returns the first item; undefined if there is none. */
  pop(): Item | undefined {
    const first = this.#items[0];
    const item = this.#items.pop();
    const dueMs = this.#dueMs.pop();
    const arrival = this.#arrivals.pop();
    if (item === undefined || dueMs === undefined || arrival === undefined) return undefined;
    if (this.#items.length > 0) this.#sink(item, dueMs, arrival);
    return first;
  }

  /** Puts the item in the gap at the top, and lets it sink to its place. */
  #sink(item: Item, dueMs: number, arrival: number): void {
    const count = this.#items.length;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= count) break;
      const right = child + 1;
      if (right < count && this.#isBefore(this.#dueMs[right]!, this.#arrivals[right]!, child)) {
        child = right;
      }
      if (this.#isBefore(dueMs, arrival, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, item, dueMs, arrival);
  }

  #isBefore(dueMs: number, arrival: number, other: number): boolean {
    const otherDueMs = this.#dueMs[other]!;
    return dueMs < otherDueMs || (dueMs === otherDueMs && arrival < this.#arrivals[other]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#items[from]!, this.#dueMs[from]!, this.#arrivals[from]!);
  }

  #put(at: number, item: Item, dueMs: number, arrival: number): void {
    this.#items[at] = item;
    this.#dueMs[at] = dueMs;
    this.#arrivals[at] = arrival;
  }
}
