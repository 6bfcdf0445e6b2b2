import { type IpAddress, readIpv4 } from './address.ts';
import { readUint16, readUint32, writeUint16 } from './bytes.ts';
import { internetChecksum } from './checksum.ts';
import type { ParseError } from './parse-error.ts';

export const ICMP_HEADER_OCTETS = 8;
export const ICMP_ECHO_REPLY = 0;
export const ICMP_DESTINATION_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMP_TIMESTAMP_REQUEST = 13;
export const ICMP_TIMESTAMP_REPLY = 14;
export const ICMP_ADDRESS_MASK_REQUEST = 17;
export const ICMP_ADDRESS_MASK_REPLY = 18;

/** Codes of destination unreachable (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1). */
export const ICMP_NET_UNREACHABLE = 0;
export const ICMP_HOST_UNREACHABLE = 1;
export const ICMP_PROTOCOL_UNREACHABLE = 2;
export const ICMP_PORT_UNREACHABLE = 3;
export const ICMP_FRAGMENTATION_NEEDED = 4;
export const ICMP_SOURCE_ROUTE_FAILED = 5;
export const ICMP_NET_UNKNOWN = 6;
export const ICMP_ADMINISTRATIVELY_PROHIBITED = 13;

/** The code of a redirect for one host (RFC 792). */
export const ICMP_REDIRECT_HOST = 1;

/** Codes of time exceeded (RFC 792). */
export const ICMP_TTL_EXCEEDED = 0;
export const ICMP_REASSEMBLY_TIME_EXCEEDED = 1;

/** A view of an ICMP message (RFC 792) over the caller's bytes. */
export class IcmpMessage {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Checks the length, not the checksum: see {@link IcmpMessage.hasValidChecksum}. */
  static parse(bytes: Uint8Array): IcmpMessage | ParseError {
    return bytes.byteLength < ICMP_HEADER_OCTETS ? 'truncated' : new IcmpMessage(bytes);
  }

  get type(): number {
    return this.bytes[0]!;
  }

  get code(): number {
    return this.bytes[1]!;
  }

  /** The second 32-bit word, whose meaning depends on the type. */
  get rest(): number {
    return readUint32(this.bytes, 4);
  }

  /** The better gateway. Only in a redirect. */
  get gateway(): IpAddress {
    return readIpv4(this.bytes, 4);
  }

  /** Only in an echo request or reply. */
  get identifier(): number {
    return readUint16(this.bytes, 4);
  }

  /** Only in an echo request or reply. */
  get sequence(): number {
    return readUint16(this.bytes, 6);
  }

  /**
   * The next-hop MTU in octets. Only in fragmentation needed (RFC 1191 4). 0 from a router that
   * does not support RFC 1191.
   */
  get nextHopMtu(): number {
    return readUint16(this.bytes, 6);
  }

  /** Offset of the faulty octet in the quoted header. Only in a parameter problem. */
  get pointer(): number {
    return this.bytes[4]!;
  }

  /** The octets behind the first eight: echo data, or the quoted packet of an error. */
  get payload(): Uint8Array {
    return this.bytes.subarray(ICMP_HEADER_OCTETS);
  }

  /** Whether the message reports an error about another packet (RFC 1122 3.2.2). */
  get isError(): boolean {
    return isIcmpError(this.type);
  }

  hasValidChecksum(): boolean {
    return internetChecksum(this.bytes) === 0;
  }
}

/** Whether messages of this type report an error about another packet (RFC 1122 3.2.2). */
export function isIcmpError(type: number): boolean {
  return (
    type === ICMP_DESTINATION_UNREACHABLE ||
    type === ICMP_SOURCE_QUENCH ||
    type === ICMP_REDIRECT ||
    type === ICMP_TIME_EXCEEDED ||
    type === ICMP_PARAMETER_PROBLEM
  );
}

/**
 * Writes the first eight octets of the message that fills `into`, with the checksum over the whole
 * message. The caller must have written the rest before.
 */
export function emitIcmp(
  into: Uint8Array,
  type: number,
  code: number,
  restHigh: number,
  restLow: number,
): void {
  into[0] = type;
  into[1] = code;
  writeUint16(into, 2, 0);
  writeUint16(into, 4, restHigh);
  writeUint16(into, 6, restLow);
  writeUint16(into, 2, internetChecksum(into));
}
