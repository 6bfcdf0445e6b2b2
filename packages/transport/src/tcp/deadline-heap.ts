/**
 * Deadlines of many objects, the earliest first. An object's deadline may move later without a word: it is asked again when its old one
 * comes. Moving it earlier needs schedule().
 */
export class DeadlineHeap<Item extends object> {
  readonly #deadlineOf: (item: Item) => number;
  readonly #times: number[] = [];
  readonly #items: Item[] = [];
  /** The earliest time at which each item lies in the heap. */
  readonly #scheduled = new Map<Item, number>();

  constructor(deadlineOf: (item: Item) => number) {
    this.#deadlineOf = deadlineOf;
  }

  /** Makes sure that the item is looked at by its deadline. */
  schedule(item: Item): void {
    const deadline = this.#deadlineOf(item);
    if (deadline === Infinity) return;
    const known = this.#scheduled.get(item);
    if (known !== undefined && known <= deadline) return;
    this.#scheduled.set(item, deadline);
    this.#push(deadline, item);
  }

  /** Forgets the item; what lies of it in the heap is skipped. */
  remove(item: Item): void {
    this.#scheduled.delete(item);
  }

  /** The earliest deadline, milliseconds; Infinity where there is none. */
  nextMs(): number {
    for (;;) {
      const item = this.#items[0];
      if (item === undefined) return Infinity;
      const time = this.#times[0]!;
      if (this.#scheduled.get(item) === time) {
        const deadline = this.#deadlineOf(item);
        if (deadline <= time) return time;
        this.#scheduled.delete(item);
        this.#pop();
        this.schedule(item);
      } else this.#pop();
    }
  }

  /** Takes off an item that is due by `nowMs`, or gives undefined. It has to be scheduled again. */
  takeDue(nowMs: number): Item | undefined {
    if (this.nextMs() > nowMs) return undefined;
    const item = this.#items[0]!;
    this.#scheduled.delete(item);
    this.#pop();
    return item;
  }

  #push(time: number, item: Item): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    times.push(time);
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      items[at] = items[parent]!;
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  #pop(): void {
    const times = this.#times;
    const items = this.#items;
    const time = times.pop()!;
    const item = items.pop()!;
    if (times.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child += 1;
      if (times[child]! >= time) break;
      times[at] = times[child]!;
      items[at] = items[child]!;
      at = child;
    }
    times[at] = time;
    items[at] = item;
  }
}
