/** Only this file knows how an address is represented, parsed and printed. */
import { readUint32, writeUint32 } from './bytes.ts';

declare const brand: unique symbol;

/**
 * An opaque IP address. Compare it by `===`; it may be the key of a Map. (Today it is an IPv4
 * address, an unsigned 32-bit number at run time.)
 */
export interface IpAddress {
  readonly [brand]: 'IpAddress';
}

/** A MAC address as an unsigned 48-bit number: 02:00:00:00:00:01 is 0x020000000001. */
export type MacAddress = number;

export const BROADCAST_MAC: MacAddress = 0xffffffffffff;
/** 0.0.0.0: any address, or no address yet. */
export const UNSPECIFIED_IPV4: IpAddress = ipv4Address(0);
export const LIMITED_BROADCAST_IPV4: IpAddress = ipv4Address(0xffffffff);
export const LOOPBACK_IPV4: IpAddress = ipv4Address(0x7f000001);

/** The IPv4 address of an unsigned 32-bit number: 0xc0000201 is 192.0.2.1. */
export function ipv4Address(bits: number): IpAddress {
  return bits as unknown as IpAddress;
}

/** The IPv4 address as a number, 0 to 2^32 - 1, for messages and hashes. */
export function ipv4Bits(address: IpAddress): number {
  return address as unknown as number;
}

/** The IPv4 address at `offset`. The caller has checked the length. */
export function readIpv4(bytes: Uint8Array, offset: number): IpAddress {
  return ipv4Address(readUint32(bytes, offset));
}

/** Writes an IPv4 address at `offset`. */
export function writeIpv4(bytes: Uint8Array, offset: number, address: IpAddress): void {
  writeUint32(bytes, offset, ipv4Bits(address));
}

/** The address in dotted decimal. */
export function formatIpv4(address: IpAddress): string {
  const bits = ipv4Bits(address);
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/**
 * Parses dotted decimal: four parts of 0 to 255 without leading zeros. Undefined for other text.
 */
export function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bits = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    bits = bits * 256 + octet;
  }
  return ipv4Address(bits);
}

/** The address as six hexadecimal pairs with colons. */
export function formatMac(address: MacAddress): string {
  return address
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?!$)/g, '$1:');
}

/** Parses six hexadecimal pairs with colons or dashes. Undefined for other text. */
export function parseMac(text: string): MacAddress | undefined {
  return /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text)
    ? Number.parseInt(text.replace(/[:-]/g, ''), 16)
    : undefined;
}

/** The mask of a prefix of 0 to 32 bits: 24 gives 0xffffff00. */
function prefixMask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** Whether `address` lies in `network`/`prefixLength`. */
export function inPrefix(address: IpAddress, network: IpAddress, prefixLength: number): boolean {
  return ((ipv4Bits(address) ^ ipv4Bits(network)) & prefixMask(prefixLength)) === 0;
}

/** The first address of the subnet that `address` lies in: 192.0.2.0 for 192.0.2.1/24. */
export function networkOf(address: IpAddress, prefixLength: number): IpAddress {
  return ipv4Address((ipv4Bits(address) & prefixMask(prefixLength)) >>> 0);
}

/**
 * The last address of the subnet that `address` lies in: 192.0.2.255 for 192.0.2.1/24. For prefixes
 * up to /30 it is the broadcast address.
 */
export function broadcastOf(address: IpAddress, prefixLength: number): IpAddress {
  return ipv4Address((ipv4Bits(address) | ~prefixMask(prefixLength)) >>> 0);
}

/** Whether the address is 0.0.0.0: any address, or no address yet. */
export function isUnspecified(address: IpAddress): boolean {
  return address === UNSPECIFIED_IPV4;
}

/** Whether the address is a multicast group, 224.0.0.0/4 (RFC 1112 4). */
export function isMulticastIpv4(address: IpAddress): boolean {
  return ipv4Bits(address) >>> 28 === 14;
}

/** Whether the address is in 127.0.0.0/8 (RFC 1122 3.2.1.3). */
export function isLoopbackIpv4(address: IpAddress): boolean {
  return ipv4Bits(address) >>> 24 === 127;
}

/** Whether the address is in 0.0.0.0/8, this host on this network (RFC 1122 3.2.1.3). */
export function isThisNetwork(address: IpAddress): boolean {
  return ipv4Bits(address) >>> 24 === 0;
}

/**
 * Whether the address may belong to a single host: it is not in 0.0.0.0/8, not a multicast group,
 * and not in 240.0.0.0/4 (RFC 1122 3.2.1.3).
 */
export function isHostAddress(address: IpAddress): boolean {
  return !isThisNetwork(address) && ipv4Bits(address) >>> 28 < 14;
}

/**
 * The Ethernet address of an IPv4 multicast group: 01:00:5e, a zero bit, and the low 23 bits of the
 * group (RFC 1112 6.4).
 */
export function multicastMac(address: IpAddress): MacAddress {
  return 0x01005e000000 + (ipv4Bits(address) & 0x7fffff);
}

/** Whether the group bit is set: the address is a multicast or the broadcast address. */
export function isGroupMac(address: MacAddress): boolean {
  return Math.floor(address / 0x10000000000) % 2 === 1;
}

/** `include`: packets from the listed sources pass. `exclude`: all others pass (RFC 3376 2). */
export type FilterMode = 'include' | 'exclude';

/** An address in a list: a source of a group's packets, or a group. */
export interface GroupAddress {
  readonly address: IpAddress;
}
