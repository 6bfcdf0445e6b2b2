import { HEADROOM_OCTETS } from './pdu.ts';

/** A buffer of `lengthOctets` octets with `headroomOctets` free octets in front of it, all zero. */
export function allocateWithHeadroom(
  lengthOctets: number,
  headroomOctets: number = HEADROOM_OCTETS,
): Uint8Array {
  return new Uint8Array(headroomOctets + lengthOctets).subarray(headroomOctets);
}

/**
 * A view of `headerOctets` octets followed by `bytes`. Where `headroomOctets` octets in front of `bytes` belong to it and
 * suffice, the view is over the same memory (no copy); otherwise `bytes` is copied behind fresh
 * headroom. The first `headerOctets` octets are unspecified: the caller writes them all.
 */
export function prepend(
  bytes: Uint8Array,
  headroomOctets: number,
  headerOctets: number,
): Uint8Array {
  if (headroomOctets >= headerOctets) {
    return new Uint8Array(
      bytes.buffer,
      bytes.byteOffset - headerOctets,
      bytes.byteLength + headerOctets,
    );
  }
  const copy = allocateWithHeadroom(headerOctets + bytes.byteLength);
  copy.set(bytes, headerOctets);
  return copy;
}
