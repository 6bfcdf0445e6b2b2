import { HEADROOM_OCTETS } from './pdu.ts';

/**
 * Small buffers are cut from blocks of this size: a new ArrayBuffer costs about 1 µs, a view 0.03
 * µs (measured). Each octet of a block is handed out once and belongs to one buffer.
 */
const BLOCK_OCTETS = 32_768;
const LARGEST_CUT_OCTETS = 2_048;

/**
 * Returns a buffer of `lengthOctets` octets with `headroomOctets` free octets in front of it
 * (default: {@link HEADROOM_OCTETS}); the caller owns both. Their content is unspecified, so the
 * caller must write every octet that it sends. The cores get the allocator from outside, like clock
 * and randomness.
 */
export type Allocate = (lengthOctets: number, headroomOctets?: number) => Uint8Array;

/**
 * Makes an allocator that cuts small buffers from blocks. `newBlock` returns memory of at least the
 * given number of octets; nobody else may write to it. Its content may be anything, so it need not
 * be filled with zeros.
 */
export function createAllocate(newBlock: (octets: number) => ArrayBuffer): Allocate {
  let block = new ArrayBuffer(0);
  let usedOctets = 0;
  return (lengthOctets, headroomOctets = HEADROOM_OCTETS) => {
    const octets = headroomOctets + lengthOctets;
    if (octets > LARGEST_CUT_OCTETS) {
      return new Uint8Array(newBlock(octets), headroomOctets, lengthOctets);
    }
    if (usedOctets + octets > block.byteLength) {
      block = newBlock(BLOCK_OCTETS);
      usedOctets = 0;
    }
    const buffer = new Uint8Array(block, usedOctets + headroomOctets, lengthOctets);
    usedOctets += (octets + 7) & ~7;
    return buffer;
  };
}

/** The default allocator. JavaScript fills its memory with zeros. */
export const allocateWithHeadroom: Allocate = createAllocate((octets) => new ArrayBuffer(octets));

/**
 * Returns `headerOctets` octets followed by `bytes`. `headroomOctets`: octets in front of `bytes`
 * that belong to its owner. If they suffice, the result is a view of the same memory, without a
 * copy. Otherwise `bytes` is copied behind new headroom. The first `headerOctets` octets are
 * unspecified: the caller must write them all.
 */
export function prepend(
  bytes: Uint8Array,
  headroomOctets: number,
  headerOctets: number,
  allocate: Allocate = allocateWithHeadroom,
): Uint8Array {
  if (headroomOctets >= headerOctets) {
    return new Uint8Array(
      bytes.buffer,
      bytes.byteOffset - headerOctets,
      bytes.byteLength + headerOctets,
    );
  }
  const copy = allocate(headerOctets + bytes.byteLength);
  copy.set(bytes, headerOctets);
  return copy;
}

/** Headroom of the result of `prepend`: less by the header, or new if `prepend` had to copy. */
export function headroomAfterPrepend(headroomOctets: number, headerOctets: number): number {
  return headroomOctets >= headerOctets ? headroomOctets - headerOctets : HEADROOM_OCTETS;
}
