const SLAB_OCTETS = 65536;
/**
 * A larger write gets its own memory: in shared memory, one live part would keep the whole piece
 * alive.
 */
const SHARED_OCTETS = 8192;

const immutable = new WeakSet<ArrayBufferLike>();

/**
 * Promises that nobody writes to the memory of `bytes` again, so that sockets send it without a
 * copy. For buffers that are sent many times, or that are filled once and given away. Returns
 * `bytes`.
 */
export function shareImmutable<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  immutable.add(bytes.buffer);
  return bytes;
}

/** Whether {@link shareImmutable} was called for the memory of `bytes`. */
export function isImmutable(bytes: Uint8Array): boolean {
  return immutable.has(bytes.buffer);
}

/** Gives memory for the copies of small writes. Many copies share one allocation. */
export class Slab {
  #piece = Buffer.allocUnsafeSlow(SLAB_OCTETS);
  #at = 0;

  /** Memory of `octets` octets. Its content is unspecified, and it belongs to the caller. */
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
