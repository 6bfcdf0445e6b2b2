import { CRC32_RESIDUE, crc32, emitFcs, FCS_OCTETS } from '@strata/wire';

/** A copy of the frame with its frame check sequence behind it (IEEE 802.3 3.2.9), for a wire that carries one. */
export function appendFcs(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.byteLength + FCS_OCTETS);
  bytes.set(frame);
  emitFcs(bytes, frame.byteLength);
  return bytes;
}

/** The frame in front of its frame check sequence, over the same memory; undefined where the sequence is wrong or missing. */
export function verifyFcs(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.byteLength < FCS_OCTETS || crc32(bytes) !== CRC32_RESIDUE) return undefined;
  return bytes.subarray(0, bytes.byteLength - FCS_OCTETS);
}
