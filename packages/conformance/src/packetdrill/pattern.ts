/** What streams are made of in a script: each octet follows from its place, so that one out of place is seen. */
function octetAt(place: number): number {
  return (place ^ (place >>> 8) ^ (place >>> 16)) & 255;
}

/** Fills in what belongs to `place` (a sequence number of the script: the first octet has 1) and behind it. */
export function fillPattern(bytes: Uint8Array, place: number): void {
  for (let i = 0; i < bytes.byteLength; i += 1) bytes[i] = octetAt((place + i) >>> 0);
}

/** The place of the first octet that does not belong there; undefined where all do. */
export function firstOutOfPlace(bytes: Uint8Array, place: number): number | undefined {
  for (let i = 0; i < bytes.byteLength; i += 1) {
    if (bytes[i] !== octetAt((place + i) >>> 0)) return place + i;
  }
  return undefined;
}
