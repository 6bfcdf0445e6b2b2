/**
 * PDUs whose data is not copied: the headers are in one buffer, the data is in views of the
 * writer's memory.
 */
import { type Allocate, allocateWithHeadroom } from './headroom.ts';
import type { PduMeta } from './pdu.ts';

/** Octets in the tail. */
export function tailOctets(tail: PduMeta['tail']): number {
  if (tail === undefined) return 0;
  let octets = 0;
  for (const part of tail) octets += part.byteLength;
  return octets;
}

/**
 * Copies `bytes` and its tail into one new buffer with headroom. Returns `bytes` itself if there is
 * no tail.
 */
export function joinTail(
  bytes: Uint8Array,
  tail: PduMeta['tail'],
  allocate: Allocate = allocateWithHeadroom,
): Uint8Array {
  if (tail === undefined) return bytes;
  const joined = allocate(bytes.byteLength + tailOctets(tail));
  joined.set(bytes);
  let at = bytes.byteLength;
  for (const part of tail) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}

/** Copies data out of a tail, from front to back. */
export class TailReader {
  readonly #tail: readonly Uint8Array[];
  #part = 0;
  #at = 0;

  constructor(tail: readonly Uint8Array[]) {
    this.#tail = tail;
  }

  /**
   * Copies the next `octets` octets to `into`, at offset `at`. The tail must have that many left.
   */
  copy(into: Uint8Array, at: number, octets: number): void {
    for (let done = 0; done < octets; ) {
      const part = this.#tail[this.#part]!;
      const take = Math.min(part.byteLength - this.#at, octets - done);
      into.set(part.subarray(this.#at, this.#at + take), at + done);
      done += take;
      this.#at += take;
      if (this.#at < part.byteLength) continue;
      this.#part += 1;
      this.#at = 0;
    }
  }
}
