/**
 * A pattern of octets that follows from a seed and the offset. A sender generates it, and a
 * receiver checks it.
 */

// Globals are slow to reach under Jest, which matters in loops over octets.
const { imul } = Math;

function wordAt(seed: number, index: number): number {
  let x = imul(index ^ seed, 0x9e3779b1);
  x = imul(x ^ (x >>> 15), 0x85ebca6b);
  return x ^ (x >>> 13);
}

/** The octets of the pattern from `offset` on, 0 to 2^31 - 1. */
export function patternOctets(seed: number, offset: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets);
  let word = wordAt(seed, offset >>> 2);
  for (let i = 0; i < octets; i += 1) {
    const at = offset + i;
    if ((at & 3) === 0) word = wordAt(seed, at >>> 2);
    bytes[i] = word >>> ((at & 3) << 3);
  }
  return bytes;
}

/** The offset of the first octet that differs from the pattern. Undefined if none does. */
export function firstMismatch(seed: number, offset: number, bytes: Uint8Array): number | undefined {
  const octets = bytes.byteLength;
  let word = wordAt(seed, offset >>> 2);
  for (let i = 0; i < octets; i += 1) {
    const at = offset + i;
    if ((at & 3) === 0) word = wordAt(seed, at >>> 2);
    if (bytes[i] !== ((word >>> ((at & 3) << 3)) & 255)) return at;
  }
  return undefined;
}
