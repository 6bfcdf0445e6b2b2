import { readUint16, writeUint16 } from './bytes.ts';
import { checksumFold } from './checksum.ts';
import type { ChecksumState } from './pdu/pdu.ts';
import { TCP_CHECKSUM_OFFSET, TCP_MIN_HEADER_OCTETS, TCP_RST, TCP_SYN } from './tcp.ts';
import { TCP_OPTION_END, TCP_OPTION_MSS, TCP_OPTION_NOP } from './tcp-options.ts';

/**
 * Lowers the MSS option of a SYN or SYN,ACK to `mss` octets, in place, with its checksum. It is
 * never raised, and no option is added: a SYN without one stands for 536 (RFC 9293 3.7.1). Returns
 * whether the segment has changed. `segment`: at least the TCP header; the data may be missing.
 */
export function lowerTcpMss(segment: Uint8Array, mss: number, checksum: ChecksumState): boolean {
  if (segment.byteLength < TCP_MIN_HEADER_OCTETS) return false;
  if ((segment[13]! & (TCP_SYN | TCP_RST)) !== TCP_SYN) return false;
  const at = findMss(segment);
  if (at === undefined) return false;
  const before = readUint16(segment, at);
  if (before <= mss) return false;
  writeUint16(segment, at, mss);
  // A partial checksum covers only the pseudo-header.
  if (checksum !== 'partial') replaceInChecksum(segment, at, before, mss);
  return true;
}

/** Where the value of the MSS option is. Undefined: there is none, or the options are malformed. */
function findMss(segment: Uint8Array): number | undefined {
  const end = Math.min((segment[12]! >>> 4) * 4, segment.byteLength);
  for (let at = TCP_MIN_HEADER_OCTETS; at < end; ) {
    const kind = segment[at]!;
    if (kind === TCP_OPTION_END) return undefined;
    if (kind === TCP_OPTION_NOP) {
      at += 1;
      continue;
    }
    const length = segment[at + 1] ?? 0;
    if (length < 2 || at + length > end) return undefined;
    if (kind === TCP_OPTION_MSS && length === 4) return at + 2;
    at += length;
  }
  return undefined;
}

/** RFC 1624 3, eqn. 3. At an odd place the value lies across two words, as its octets swapped. */
function replaceInChecksum(segment: Uint8Array, at: number, before: number, after: number): void {
  const word = (value: number) => ((at & 1) === 0 ? value : (value >>> 8) | ((value & 0xff) << 8));
  const old = readUint16(segment, TCP_CHECKSUM_OFFSET) ^ 0xffff;
  const sum = checksumFold(old + (word(before) ^ 0xffff) + word(after));
  writeUint16(segment, TCP_CHECKSUM_OFFSET, sum ^ 0xffff);
}
