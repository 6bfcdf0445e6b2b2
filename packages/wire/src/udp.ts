import type { IpAddress } from './address.ts';
import { readUint16, writeUint16 } from './bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum } from './checksum.ts';
import { PROTOCOL_UDP } from './ipv4.ts';
import type { ParseError } from './parse-error.ts';

export const UDP_HEADER_OCTETS = 8;
/** Octets from the header's start to the checksum field. */
export const UDP_CHECKSUM_OFFSET = 6;
/** Octets of the largest payload: 65,535 minus the IPv4 and UDP headers. */
export const UDP_MAX_PAYLOAD_OCTETS = 65507;

/**
 * A view of a UDP datagram (RFC 768) over the caller's bytes. Octets behind its length are padding
 * and are cut off.
 */
export class UdpDatagram {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Checks the length, not the checksum: see {@link UdpDatagram.hasValidChecksum}. */
  static parse(bytes: Uint8Array): UdpDatagram | ParseError {
    if (bytes.byteLength < UDP_HEADER_OCTETS) return 'truncated';
    const length = readUint16(bytes, 4);
    if (length < UDP_HEADER_OCTETS) return 'bad length';
    if (length > bytes.byteLength) return 'truncated';
    return new UdpDatagram(length === bytes.byteLength ? bytes : bytes.subarray(0, length));
  }

  /** Like `parse`, but only the header must be present; the data is in other memory. */
  static parseQuoted(bytes: Uint8Array): UdpDatagram | ParseError {
    return bytes.byteLength < UDP_HEADER_OCTETS ? 'truncated' : new UdpDatagram(bytes);
  }

  get headerOctets(): number {
    return UDP_HEADER_OCTETS;
  }

  get sourcePort(): number {
    return readUint16(this.bytes, 0);
  }

  get destinationPort(): number {
    return readUint16(this.bytes, 2);
  }

  /** 0: the sender computed no checksum. */
  get checksum(): number {
    return readUint16(this.bytes, UDP_CHECKSUM_OFFSET);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(UDP_HEADER_OCTETS);
  }

  /** False if the sender computed no checksum (RFC 768). */
  get hasChecksum(): boolean {
    return this.checksum !== 0;
  }

  /** Also true if the sender computed no checksum (RFC 768, RFC 1122 4.1.3.4). */
  hasValidChecksum(source: IpAddress, destination: IpAddress): boolean {
    if (!this.hasChecksum) return true;
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, this.bytes.byteLength);
    return checksumFold(checksumAdd(this.bytes, pseudo)) === 0xffff;
  }
}

/**
 * Writes the header of the datagram that fills `into`, with the checksum over the whole datagram.
 * The caller must have written the payload before. A computed checksum of zero is sent as 0xffff
 * (RFC 768).
 */
export function emitUdpHeader(
  into: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  sourcePort: number,
  destinationPort: number,
): void {
  writeUint16(into, 0, sourcePort);
  writeUint16(into, 2, destinationPort);
  writeUint16(into, 4, into.byteLength);
  emitUdpChecksum(into, source, destination);
}

/** Computes and writes the checksum of the whole datagram `bytes`. */
export function emitUdpChecksum(
  bytes: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
): void {
  writeUint16(bytes, UDP_CHECKSUM_OFFSET, 0);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, bytes.byteLength);
  const checksum = checksumFold(checksumAdd(bytes, pseudo)) ^ 0xffff;
  writeUint16(bytes, UDP_CHECKSUM_OFFSET, checksum === 0 ? 0xffff : checksum);
}

/**
 * Writes the header of the super-datagram that fills `into`, like {@link emitUdpHeader}, but with a
 * `partial` checksum: the sum of the pseudo-header alone.
 */
export function emitUdpPartialHeader(
  into: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  sourcePort: number,
  destinationPort: number,
): void {
  writeUint16(into, 0, sourcePort);
  writeUint16(into, 2, destinationPort);
  writeUint16(into, 4, into.byteLength);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, into.byteLength);
  writeUint16(into, UDP_CHECKSUM_OFFSET, checksumFold(pseudo));
}
