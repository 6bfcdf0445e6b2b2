import { type IpAddress, readIpv4, writeIpv4 } from './address.ts';
import { readUint16, writeUint16 } from './bytes.ts';
import { internetChecksum } from './checksum.ts';
import type { ParseError } from './parse-error.ts';

export const IPV4_MIN_HEADER_OCTETS = 20;
export const IPV4_MAX_PACKET_OCTETS = 65535;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_IGMP = 2;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/**
 * A view of an IPv4 packet (RFC 791 3.1) over the caller's bytes. Octets behind the total length
 * are padding and are cut off.
 */
export class Ipv4Packet {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Checks version and lengths, not the checksum: see {@link Ipv4Packet.hasValidChecksum}. */
  static parse(bytes: Uint8Array): Ipv4Packet | ParseError {
    if (bytes.byteLength < IPV4_MIN_HEADER_OCTETS) return 'truncated';
    if (bytes[0]! >>> 4 !== 4) return 'bad version';
    const headerOctets = (bytes[0]! & 15) * 4;
    if (headerOctets < IPV4_MIN_HEADER_OCTETS) return 'bad header length';
    const totalOctets = readUint16(bytes, 2);
    if (totalOctets < headerOctets) return 'bad total length';
    if (totalOctets > bytes.byteLength) return 'truncated';
    return new Ipv4Packet(
      totalOctets === bytes.byteLength ? bytes : bytes.subarray(0, totalOctets),
    );
  }

  /**
   * Parses a packet whose end may be missing, as in the quote of an ICMP error (RFC 792). Checks
   * only the version and the header length. `bytes` and `payload` end with the quote or with the
   * packet, whichever ends first.
   */
  static parseQuoted(bytes: Uint8Array): Ipv4Packet | ParseError {
    if (bytes.byteLength < IPV4_MIN_HEADER_OCTETS) return 'truncated';
    if (bytes[0]! >>> 4 !== 4) return 'bad version';
    const headerOctets = (bytes[0]! & 15) * 4;
    if (headerOctets < IPV4_MIN_HEADER_OCTETS) return 'bad header length';
    if (headerOctets > bytes.byteLength) return 'truncated';
    const totalOctets = readUint16(bytes, 2);
    if (totalOctets < headerOctets) return 'bad total length';
    return new Ipv4Packet(bytes.subarray(0, totalOctets));
  }

  get headerOctets(): number {
    return (this.bytes[0]! & 15) * 4;
  }

  /** Octets of header and payload, as the header says. A quote may hold fewer. */
  get totalOctets(): number {
    return readUint16(this.bytes, 2);
  }

  /** Differentiated services (RFC 2474) in the upper six bits, ECN (RFC 3168) in the lower two. */
  get tos(): number {
    return this.bytes[1]!;
  }

  get identification(): number {
    return readUint16(this.bytes, 4);
  }

  get dontFragment(): boolean {
    return (this.bytes[6]! & 0x40) !== 0;
  }

  get moreFragments(): boolean {
    return (this.bytes[6]! & 0x20) !== 0;
  }

  /** Octets, a multiple of 8. */
  get fragmentOffsetOctets(): number {
    return (readUint16(this.bytes, 6) & 0x1fff) * 8;
  }

  get isFragment(): boolean {
    return (readUint16(this.bytes, 6) & 0x3fff) !== 0;
  }

  get ttl(): number {
    return this.bytes[8]!;
  }

  get protocol(): number {
    return this.bytes[9]!;
  }

  get source(): IpAddress {
    return readIpv4(this.bytes, 12);
  }

  get destination(): IpAddress {
    return readIpv4(this.bytes, 16);
  }

  get options(): Uint8Array {
    return this.bytes.subarray(IPV4_MIN_HEADER_OCTETS, this.headerOctets);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.headerOctets);
  }

  hasValidChecksum(): boolean {
    return internetChecksum(this.bytes.subarray(0, this.headerOctets)) === 0;
  }
}

/** The fields of an IPv4 header that `emitIpv4Header` writes. */
export interface Ipv4Header {
  readonly tos: number;
  /** Octets of header and payload. */
  readonly totalOctets: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** A multiple of 8, 0 to 65,528. */
  readonly fragmentOffsetOctets: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** At most 40 octets, padded by the caller to a multiple of 4. Undefined: none. */
  readonly options?: Uint8Array | undefined;
}

/** Writes the header with its checksum at the start of `into`; returns its length in octets. */
export function emitIpv4Header(into: Uint8Array, header: Ipv4Header): number {
  const options = header.options;
  const headerOctets = IPV4_MIN_HEADER_OCTETS + (options?.byteLength ?? 0);
  into[0] = 0x40 | (headerOctets / 4);
  into[1] = header.tos;
  writeUint16(into, 2, header.totalOctets);
  writeUint16(into, 4, header.identification);
  const flags = (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0);
  writeUint16(into, 6, flags | (header.fragmentOffsetOctets / 8));
  into[8] = header.ttl;
  into[9] = header.protocol;
  writeUint16(into, 10, 0);
  writeIpv4(into, 12, header.source);
  writeIpv4(into, 16, header.destination);
  if (options !== undefined) into.set(options, IPV4_MIN_HEADER_OCTETS);
  writeUint16(into, 10, internetChecksum(into.subarray(0, headerOctets)));
  return headerOctets;
}

/**
 * Lowers the TTL of the header at the start of `bytes` by one, and brings the checksum up to date
 * without a look at the other fields (RFC 1624 3, RFC 1141). The TTL must not be 0.
 */
export function decrementTtl(bytes: Uint8Array): void {
  bytes[8]! -= 1;
  // The word of TTL and protocol is less by 0x0100, so the inverted sum is more by as much.
  const sum = readUint16(bytes, 10) + 0x0100;
  writeUint16(bytes, 10, sum >= 0xffff ? sum + 1 : sum);
}

/** Writes another source into the header at the start of `bytes`, without the checksum. */
export function setSource(bytes: Uint8Array, source: IpAddress): void {
  writeIpv4(bytes, 12, source);
}

/** Writes another destination into the header at the start of `bytes`, without the checksum. */
export function setDestination(bytes: Uint8Array, destination: IpAddress): void {
  writeIpv4(bytes, 16, destination);
}

/**
 * Computes and writes the checksum of the header at the start of `bytes`. Its lengths are right.
 */
export function emitIpv4Checksum(bytes: Uint8Array): void {
  const headerOctets = (bytes[0]! & 15) * 4;
  writeUint16(bytes, 10, 0);
  writeUint16(bytes, 10, internetChecksum(bytes.subarray(0, headerOctets)));
}
