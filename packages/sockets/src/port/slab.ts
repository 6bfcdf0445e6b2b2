const SLAB_OCTETS = 65536;
/** Above this a write gets memory of its own: sharing would keep too much alive. */
const SHARED_OCTETS = 8192;

const immutable = new WeakSet<ArrayBufferLike>();

/**
 * Promises that the memory under `bytes` is never written again, so that sockets send it without a
 * copy. For buffers that are sent many times, or that were filled once and given away. Returns
 * `bytes`.
 */
export function shareImmutable<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  immutable.add(bytes.buffer);
  return bytes;
}

/** Whether {@link shareImmutable} was called for the memory under `bytes`. */
export function isImmutable(bytes: Uint8Array): boolean {
  return immutable.has(bytes.buffer);
}

/** Hands out memory for the copies of small writes from larger pieces: one allocation for many. */
export class Slab {
  #piece = Buffer.allocUnsafeSlow(SLAB_OCTETS);
  #at = 0;

  /** `octets` of unspecified content that belong to the caller. */
  take(octets: number): Uint8Array {
    if (octets > SHARED_OCTETS) return Buffer.allocUnsafeSlow(octets);
    if (this.#at + octets > SLAB_OCTETS) {
      this.#piece = Buffer.allocUnsafeSlow(SLAB_OCTETS);
      this.#at = 0;
    }
    const taken = this.#piece.subarray(this.#at, this.#at + octets);
    this.#at += octets;
    return taken;
  }
}
