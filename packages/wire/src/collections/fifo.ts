const FIRST_CAPACITY = 64;
/** Items. A larger ring, left by a burst, is freed when the queue is empty again. */
const KEPT_CAPACITY = 4096;

/**
 * A queue in a ring buffer, used by all layers. Taking an item out moves no other item, and the
 * queue keeps no reference to it.
 */
export class Fifo<Item> {
  /** Its length is a power of two. */
  #ring: (Item | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  /** The item at `place` from the front, 0 to `size - 1`; undefined beyond. */
  at(place: number): Item | undefined {
    return place < this.#size
      ? this.#ring[(this.#head + place) & (this.#ring.length - 1)]
      : undefined;
  }

  /** The items from the oldest to the newest; they stay. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (let place = 0; place < this.#size; place += 1) yield this.at(place) as Item;
  }

  clear(): void {
    this.#ring = new Array(FIRST_CAPACITY).fill(undefined);
    this.#head = 0;
    this.#size = 0;
  }

  /** Removes and returns the oldest item; undefined if the queue is empty. */
  shift(): Item | undefined {
    if (this.#size === 0) {
      if (this.#ring.length > KEPT_CAPACITY) {
        this.#ring = new Array(FIRST_CAPACITY).fill(undefined);
        this.#head = 0;
      }
      return undefined;
    }
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
  }

  #grow(): void {
    const old = this.#ring;
    const ring: (Item | undefined)[] = new Array(old.length * 2).fill(undefined);
    for (let at = 0; at < this.#size; at += 1) {
      ring[at] = old[(this.#head + at) & (old.length - 1)];
    }
    this.#ring = ring;
    this.#head = 0;
  }
}
