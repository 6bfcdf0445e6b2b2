import type { Ipv4Address } from './address.ts';

/**
 * The one's complement sum of `bytes` as big-endian 16-bit words, an odd last octet padded with zero (RFC 1071), not
 * folded to 16 bits nor inverted. Adding to `initial` (a sum of words at even offsets) continues a sum.
 */
export function checksumAdd(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  const end = bytes.byteLength & ~1;
  for (let i = 0; i < end; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return end === bytes.byteLength ? sum : sum + (bytes[end]! << 8);
}

/** A sum folded to 16 bits with end-around carry, 0 to 0xffff. */
export function checksumFold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** The Internet checksum of `bytes`: the inverted sum. 0 where `bytes` holds a right checksum already. */
export function internetChecksum(bytes: Uint8Array): number {
  return checksumFold(checksumAdd(bytes)) ^ 0xffff;
}

/** The sum of the pseudo-header of TCP and UDP (RFC 9293 3.1, RFC 768). `lengthOctets`: of header and data. */
export function pseudoHeaderSum(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  lengthOctets: number,
): number {
  return (
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    protocol +
    lengthOctets
  );
}
