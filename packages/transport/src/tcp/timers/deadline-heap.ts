/**
 * Deadlines of many items, earliest first. An item's deadline may move later without notice: the
 * heap asks for it again when the old deadline comes. To move it earlier, call schedule().
 */
export class DeadlineHeap<Item extends object> {
  readonly #deadlineOf: (item: Item) => number;
  #heap: Entry<Item>[] = [];
  /** The entry of each item, at most one. */
  readonly #entries = new Map<Item, Entry<Item>>();

  constructor(deadlineOf: (item: Item) => number) {
    this.#deadlineOf = deadlineOf;
  }

  /** Number of entries, including abandoned ones that are not removed yet. */
  get entries(): number {
    return this.#heap.length;
  }

  /** Number of scheduled items. */
  get size(): number {
    return this.#entries.size;
  }

  /** Makes sure that the item is taken no later than its deadline. */
  schedule(item: Item): void {
    const deadline = this.#deadlineOf(item);
    if (deadline === Infinity) return;
    const known = this.#entries.get(item);
    if (known !== undefined) {
      if (known.timeMs <= deadline) return;
      known.item = undefined;
    }
    const entry = { timeMs: deadline, item };
    this.#entries.set(item, entry);
    this.#push(entry);
    this.#sweep();
  }

  /** Removes the item. */
  remove(item: Item): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    entry.item = undefined;
    this.#entries.delete(item);
    this.#sweep();
  }

  /** The earliest deadline, milliseconds; Infinity: none. */
  nextMs(): number {
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined) return Infinity;
      const { item } = entry;
      if (item === undefined) {
        this.#pop();
        continue;
      }
      const deadline = this.#deadlineOf(item);
      if (deadline <= entry.timeMs) return entry.timeMs;
      this.#entries.delete(item);
      this.#pop();
      this.schedule(item);
    }
  }

  /**
   * Removes and returns an item whose deadline is at or before `nowMs`; undefined: none. Schedule
   * it again if it has another deadline.
   */
  takeDue(nowMs: number): Item | undefined {
    if (this.nextMs() > nowMs) return undefined;
    const { item } = this.#heap[0]!;
    this.#entries.delete(item!);
    this.#pop();
    return item;
  }

  /**
   * Removes abandoned entries when they outnumber the others: an entry with a late deadline would
   * otherwise stay long.
   */
  #sweep(): void {
    if (this.#heap.length <= 2 * this.#entries.size + SWEEP_MARGIN) return;
    const live = this.#heap.filter(({ item }) => item !== undefined);
    // A sorted array is a heap.
    this.#heap = live.sort((a, b) => a.timeMs - b.timeMs);
  }

  #push(entry: Entry<Item>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]!.timeMs <= entry.timeMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const entry = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.timeMs < heap[child]!.timeMs) child += 1;
      if (heap[child]!.timeMs >= entry.timeMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

/** An entry of the heap. Without an item it is abandoned. */
interface Entry<Item> {
  readonly timeMs: number;
  item: Item | undefined;
}

const SWEEP_MARGIN = 64;
