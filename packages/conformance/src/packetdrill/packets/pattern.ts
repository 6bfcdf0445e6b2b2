/**
 * The octets of a script's streams. Each octet follows from its place, so a misplaced octet is
 * detected.
 */
function octetAt(place: number): number {
  return (place ^ (place >>> 8) ^ (place >>> 16)) & 255;
}

/**
 * Fills `bytes` with the pattern from `place` on. A place is a sequence number of the script: the
 * first octet has 1.
 */
export function fillPattern(bytes: Uint8Array, place: number): void {
  for (let i = 0; i < bytes.byteLength; i += 1) bytes[i] = octetAt((place + i) >>> 0);
}

/** The place of the first wrong octet. Undefined if all are right. */
export function firstOutOfPlace(bytes: Uint8Array, place: number): number | undefined {
  for (let i = 0; i < bytes.byteLength; i += 1) {
    if (bytes[i] !== octetAt((place + i) >>> 0)) return place + i;
  }
  return undefined;
}
