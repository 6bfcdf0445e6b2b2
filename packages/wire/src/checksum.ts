import { type IpAddress, ipv4Bits } from './address.ts';

/** Octets. For fewer a view of 32-bit words costs more than it saves (measured). */
const BULK_OCTETS = 96;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The one's complement sum of `bytes` as big-endian 16-bit words (RFC 1071), neither folded to 16
 * bits nor inverted. An odd last octet is padded with zero. `initial`: an earlier sum to continue;
 * it must cover an even number of octets. `bytes`: at most 4 MiB.
 */
export function checksumAdd(bytes: Uint8Array, initial = 0): number {
  const octets = bytes.byteLength;
  if (octets < BULK_OCTETS) return addOctets(bytes, 0, octets, initial);
  const lead = (4 - (bytes.byteOffset & 3)) & 3;
  const words = (octets - lead) >>> 2;
  const tail = lead + words * 4;
  const bulk = checksumFold(
    sumWords(new Uint32Array(bytes.buffer, bytes.byteOffset + lead, words), words),
  );
  // The sum of words in the machine's order is the sum in network order with its octets swapped
  // (RFC 1071 2B). A bulk that starts at an odd offset is swapped once more.
  const isSwapped = IS_LITTLE_ENDIAN !== ((lead & 1) === 1);
  let sum = initial + (isSwapped ? swap(bulk) : bulk);
  for (let at = 0; at < lead; at += 1) sum += bytes[at]! << ((~at & 1) * 8);
  for (let at = tail; at < octets; at += 1) sum += bytes[at]! << ((~at & 1) * 8);
  return sum;
}

/** Adds the octets from `start` to before `end`; `start` is even. */
function addOctets(bytes: Uint8Array, start: number, end: number, initial: number): number {
  let sum = initial;
  const even = end & ~1;
  for (let at = start; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return even === end ? sum : sum + (bytes[even]! << 8);
}

/**
 * The sum is exact in a float64: 2^20 words of 32 bits stay below 2^53. There are two separate
 * sums, so that one addition need not wait for the other.
 */
function sumWords(words: Uint32Array, count: number): number {
  let sum = 0;
  let other = 0;
  let at = 0;
  for (; at + 7 < count; at += 8) {
    sum += words[at]! + words[at + 1]! + words[at + 2]! + words[at + 3]!;
    other += words[at + 4]! + words[at + 5]! + words[at + 6]! + words[at + 7]!;
  }
  for (; at < count; at += 1) sum += words[at]!;
  return sum + other;
}

function swap(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}

/** A sum folded to 16 bits with end-around carry, 0 to 0xffff. */
export function checksumFold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/**
 * The Internet checksum of `bytes`: the inverted sum. It is 0 if `bytes` already holds the right
 * checksum.
 */
export function internetChecksum(bytes: Uint8Array): number {
  return checksumFold(checksumAdd(bytes)) ^ 0xffff;
}

/**
 * The sum of the pseudo-header of TCP and UDP (RFC 9293 3.1, RFC 768). `lengthOctets`: octets of
 * header and data.
 */
export function pseudoHeaderSum(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  lengthOctets: number,
): number {
  const from = ipv4Bits(source);
  const to = ipv4Bits(destination);
  return (from >>> 16) + (from & 0xffff) + (to >>> 16) + (to & 0xffff) + protocol + lengthOctets;
}
