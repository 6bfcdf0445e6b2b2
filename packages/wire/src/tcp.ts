import type { IpAddress } from './address.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum } from './checksum.ts';
import { PROTOCOL_TCP } from './ipv4.ts';
import type { ParseError } from './parse-error.ts';
import type { ChecksumState } from './pdu/pdu.ts';
import {
  emitTcpOptions,
  parseTcpOptions,
  TCP_OPTION_END,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  type TcpOptions,
  tcpOptionsOctets,
} from './tcp-options.ts';

export const TCP_MIN_HEADER_OCTETS = 20;

/** Control bits (RFC 9293 3.1, RFC 3168 6.1). */
export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

/** Octets from the header's start to the checksum field. */
export const TCP_CHECKSUM_OFFSET = 16;

/** A view of a TCP segment (RFC 9293 3.1) over the caller's bytes. */
export class TcpSegment {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Checks the lengths, not the checksum: see {@link TcpSegment.hasValidChecksum}. */
  static parse(bytes: Uint8Array): TcpSegment | ParseError {
    if (bytes.byteLength < TCP_MIN_HEADER_OCTETS) return 'truncated';
    const headerOctets = (bytes[12]! >>> 4) * 4;
    if (headerOctets < TCP_MIN_HEADER_OCTETS) return 'bad header length';
    if (headerOctets > bytes.byteLength) return 'truncated';
    return new TcpSegment(bytes);
  }

  get sourcePort(): number {
    return readUint16(this.bytes, 0);
  }

  get destinationPort(): number {
    return readUint16(this.bytes, 2);
  }

  get sequence(): number {
    return readUint32(this.bytes, 4);
  }

  get acknowledgment(): number {
    return readUint32(this.bytes, 8);
  }

  get headerOctets(): number {
    return (this.bytes[12]! >>> 4) * 4;
  }

  /** All eight control bits. */
  get flags(): number {
    return this.bytes[13]!;
  }

  /** The field as on the wire, not scaled. */
  get window(): number {
    return readUint16(this.bytes, 14);
  }

  get checksum(): number {
    return readUint16(this.bytes, TCP_CHECKSUM_OFFSET);
  }

  get urgentPointer(): number {
    return readUint16(this.bytes, 18);
  }

  get options(): TcpOptions {
    return parseTcpOptions(this.bytes.subarray(TCP_MIN_HEADER_OCTETS, this.headerOctets));
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.headerOctets);
  }

  /** Always true: every segment has a checksum (RFC 9293 3.1, MUST-2). */
  get hasChecksum(): boolean {
    return true;
  }

  hasValidChecksum(source: IpAddress, destination: IpAddress): boolean {
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, this.bytes.byteLength);
    return checksumFold(checksumAdd(this.bytes, pseudo)) === 0xffff;
  }
}

/** The fields of a TCP header that `emitTcpHeader` writes. */
export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  /** Already scaled down, 0 to 65,535. */
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: TcpOptions;
}

/** Octets of the header with these options, 20 to 60. */
export function tcpHeaderOctets(options: TcpOptions): number {
  return TCP_MIN_HEADER_OCTETS + tcpOptionsOctets(options);
}

/**
 * Writes the header at the start of `into`, its checksum field zero; returns its length in octets.
 */
export function emitTcpHeader(into: Uint8Array, header: TcpHeader): number {
  writeUint16(into, 0, header.sourcePort);
  writeUint16(into, 2, header.destinationPort);
  writeUint32(into, 4, header.sequence);
  writeUint32(into, 8, header.acknowledgment);
  writeUint16(into, 14, header.window);
  writeUint16(into, TCP_CHECKSUM_OFFSET, 0);
  writeUint16(into, 18, header.urgentPointer);
  const optionsOctets = emitTcpOptions(into.subarray(TCP_MIN_HEADER_OCTETS), header.options);
  const headerOctets = TCP_MIN_HEADER_OCTETS + optionsOctets;
  into[12] = (headerOctets / 4) << 4;
  into[13] = header.flags;
  return headerOctets;
}

/** Computes and writes the checksum of the whole segment `bytes` (RFC 9293 3.1, MUST-2). */
export function emitTcpChecksum(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
): void {
  writeUint16(bytes, TCP_CHECKSUM_OFFSET, 0);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, bytes.byteLength);
  writeUint16(bytes, TCP_CHECKSUM_OFFSET, checksumFold(checksumAdd(bytes, pseudo)) ^ 0xffff);
}

/**
 * Writes only the folded sum of the pseudo-header, for the checksum state `partial`. `tailOctets`:
 * octets of data that follow `bytes` in other memory.
 */
export function emitTcpPartialChecksum(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  tailOctets = 0,
): void {
  const octets = bytes.byteLength + tailOctets;
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, octets);
  writeUint16(bytes, TCP_CHECKSUM_OFFSET, checksumFold(pseudo));
}

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
