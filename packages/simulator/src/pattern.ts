/** Octets of a stream that anybody who knows the seed can compute from their offset: made by a sender, checked by a receiver. */

function wordAt(seed: number, index: number): number {
  let x = Math.imul(index ^ seed, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return x ^ (x >>> 13);
}

function octetAt(seed: number, offset: number): number {
  return (wordAt(seed, Math.floor(offset / 4)) >>> ((offset % 4) * 8)) & 255;
}

/** The octets of the pattern from `offset` on. */
export function patternOctets(seed: number, offset: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets);
  for (let i = 0; i < octets; i += 1) bytes[i] = octetAt(seed, offset + i);
  return bytes;
}

/** The offset of the first octet that is not the pattern's; undefined where all are. */
export function firstMismatch(seed: number, offset: number, bytes: Uint8Array): number | undefined {
  for (let i = 0; i < bytes.byteLength; i += 1) {
    if (bytes[i] !== octetAt(seed, offset + i)) return offset + i;
  }
  return undefined;
}
