import { type IpAddress, type MacAddress, readIpv4, writeIpv4 } from './address.ts';
import { readUint16, readUint48, writeUint16, writeUint48 } from './bytes.ts';
import type { ParseError } from './parse-error.ts';

/** Octets of an ARP packet for Ethernet and IPv4 (RFC 826). */
export const ARP_OCTETS = 28;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;

/** The fields of an ARP packet for Ethernet and IPv4 (RFC 826). */
export interface Arp {
  /** 1 is a request, 2 a reply. Other values are parsed too; the caller decides about them. */
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderAddress: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetAddress: IpAddress;
}

/**
 * Parses the packet; `bad type` if it is not for Ethernet and IPv4. Octets behind the packet are
 * padding.
 */
export function parseArp(bytes: Uint8Array): Arp | ParseError {
  if (bytes.byteLength < ARP_OCTETS) return 'truncated';
  if (readUint16(bytes, 0) !== HARDWARE_ETHERNET || readUint16(bytes, 2) !== PROTOCOL_IPV4) {
    return 'bad type';
  }
  if (bytes[4] !== 6 || bytes[5] !== 4) return 'bad length';
  return {
    operation: readUint16(bytes, 6),
    senderMac: readUint48(bytes, 8),
    senderAddress: readIpv4(bytes, 14),
    targetMac: readUint48(bytes, 18),
    targetAddress: readIpv4(bytes, 24),
  };
}

/** Writes the packet into the first 28 octets of `into`. */
export function emitArp(into: Uint8Array, arp: Arp): void {
  writeUint16(into, 0, HARDWARE_ETHERNET);
  writeUint16(into, 2, PROTOCOL_IPV4);
  into[4] = 6;
  into[5] = 4;
  writeUint16(into, 6, arp.operation);
  writeUint48(into, 8, arp.senderMac);
  writeIpv4(into, 14, arp.senderAddress);
  writeUint48(into, 18, arp.targetMac);
  writeIpv4(into, 24, arp.targetAddress);
}
