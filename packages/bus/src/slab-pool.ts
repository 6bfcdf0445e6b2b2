/** Octets of a slab. There is one PING per slab: often enough that few slabs are in flight. */
const SLAB_OCTETS = 256 * 1024;
/** One turn of the event loop should find this much room, so that it is sent in one piece. */
const TURN_OCTETS = 64 * 1024;
/** Free slabs that are kept. Memory of a burst beyond that is released. */
const MAX_FREE_SLABS = 4;

/**
 * Memory for outgoing data, cut from slabs. A full slab is reused when `confirm()` has resolved; it
 * is called after the slab's last octet was handed over. If `confirm()` rejects, somebody may still
 * read the slab, so it is left to the garbage collector.
 */
export class SlabPool {
  readonly #confirm: () => Promise<void>;
  readonly #free: Uint8Array[] = [];
  #slab: Uint8Array = new Uint8Array(0);
  /** Where the next octet goes. */
  at = 0;
  #sentAt = 0;
  #sentOctets = 0;

  constructor(confirm: () => Promise<void>) {
    this.#confirm = confirm;
  }

  /** Octets that were written to slabs that are not confirmed. */
  get inFlightOctets(): number {
    return this.#sentOctets + this.at - this.#sentAt;
  }

  hasRoom(octets: number): boolean {
    const wanted = this.at > this.#sentAt ? octets : Math.max(octets, TURN_OCTETS);
    return this.at + wanted <= this.#slab.byteLength;
  }

  /** The next `octets` of the slab, which must have room for them. They are not cleared. */
  take(octets: number): Uint8Array {
    const bytes = this.#slab.subarray(this.at, this.at + octets);
    this.at += octets;
    return bytes;
  }

  append(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.at);
    this.at += bytes.byteLength;
  }

  /** The octets written since the last call, to be handed over now. Undefined: none. */
  unsent(): Uint8Array | undefined {
    if (this.at === this.#sentAt) return undefined;
    const bytes = this.#slab.subarray(this.#sentAt, this.at);
    this.#sentOctets += bytes.byteLength;
    this.#sentAt = this.at;
    return bytes;
  }

  /** Changes to a slab with room for `octets`. All written data must have been handed over. */
  renew(octets: number): void {
    if (this.#sentAt > 0) this.#retire(this.#slab, this.#sentAt);
    this.at = 0;
    this.#sentAt = 0;
    const isUsual = octets <= SLAB_OCTETS;
    this.#slab = (isUsual ? this.#free.pop() : undefined) ?? raw(isUsual ? SLAB_OCTETS : octets);
  }

  #retire(slab: Uint8Array, octets: number): void {
    const settle = () => {
      this.#sentOctets -= octets;
    };
    this.#confirm().then(() => {
      settle();
      const isUsual = slab.byteLength === SLAB_OCTETS;
      if (isUsual && this.#free.length < MAX_FREE_SLABS) this.#free.push(slab);
    }, settle);
  }
}

/** Memory that is not cleared. */
function raw(octets: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(octets).buffer);
}
