/**
 * Deadlines of many objects, the earliest first. An object's deadline may move later without a
 * word: it is asked again when its old one comes. Moving it earlier needs schedule().
 */
export class DeadlineHeap<Item extends object> {
  readonly #deadlineOf: (item: Item) => number;
  #heap: Entry<Item>[] = [];
  /** The entry of each item: there is one at most. */
  readonly #entries = new Map<Item, Entry<Item>>();

  constructor(deadlineOf: (item: Item) => number) {
    this.#deadlineOf = deadlineOf;
  }

  /** Entries, those included that were given up and wait to be swept. */
  get entries(): number {
    return this.#heap.length;
  }

  /** Items that are scheduled. */
  get size(): number {
    return this.#entries.size;
  }

  /** Makes sure that the item is looked at by its deadline. */
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

  /** Forgets the item at once. */
  remove(item: Item): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    entry.item = undefined;
    this.#entries.delete(item);
    this.#sweep();
  }

  /** The earliest deadline, milliseconds; Infinity where there is none. */
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

  /** Takes off an item that is due by `nowMs`, or gives undefined. It has to be scheduled again. */
  takeDue(nowMs: number): Item | undefined {
    if (this.nextMs() > nowMs) return undefined;
    const { item } = this.#heap[0]!;
    this.#entries.delete(item!);
    this.#pop();
    return item;
  }

  /**
   * Keeps entries that were given up from outnumbering the others: a far deadline would keep them
   * for long.
   */
  #sweep(): void {
    if (this.#heap.length <= 2 * this.#entries.size + SWEEP_MARGIN) return;
    const live = this.#heap.filter(({ item }) => item !== undefined);
    // An ordered array is a heap.
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

/** An item's place; without an item it was given up. */
interface Entry<Item> {
  readonly timeMs: number;
  item: Item | undefined;
}

const SWEEP_MARGIN = 64;
