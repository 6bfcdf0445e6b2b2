/** An IPv4 address as an unsigned 32-bit number: 192.0.2.1 is 0xc0000201. */
export type Ipv4Address = number;

/** A MAC address as an unsigned 48-bit number: 02:00:00:00:00:01 is 0x020000000001. */
export type MacAddress = number;

export const BROADCAST_MAC: MacAddress = 0xffffffffffff;
export const UNSPECIFIED_IPV4: Ipv4Address = 0;
export const LIMITED_BROADCAST_IPV4: Ipv4Address = 0xffffffff;

/** The address in dotted decimal. */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The address of a dotted decimal with four parts of 0 to 255 and no leading zeros, or undefined. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** The address as six hexadecimal pairs with colons. */
export function formatMac(address: MacAddress): string {
  return address
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?!$)/g, '$1:');
}

/** The address of six hexadecimal pairs with colons or dashes, or undefined. */
export function parseMac(text: string): MacAddress | undefined {
  return /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text)
    ? Number.parseInt(text.replace(/[:-]/g, ''), 16)
    : undefined;
}

/** The mask of a prefix of 0 to 32 bits: 24 gives 0xffffff00. */
export function prefixMask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** Whether `address` lies in `network`/`prefixLength`. */
export function inPrefix(
  address: Ipv4Address,
  network: Ipv4Address,
  prefixLength: number,
): boolean {
  return ((address ^ network) & prefixMask(prefixLength)) === 0;
}

/** Whether the address is a multicast group, 224.0.0.0/4 (RFC 1112 4). */
export function isMulticastIpv4(address: Ipv4Address): boolean {
  return address >>> 28 === 14;
}

/** Whether the address is in 127.0.0.0/8 (RFC 1122 3.2.1.3). */
export function isLoopbackIpv4(address: Ipv4Address): boolean {
  return address >>> 24 === 127;
}

/** The Ethernet address of an IPv4 multicast group: its low 23 bits behind 01:00:5e (RFC 1112 6.4). */
export function multicastMac(address: Ipv4Address): MacAddress {
  return 0x01005e000000 + (address & 0x7fffff);
}

/** Whether the group bit of the address is set: a multicast or the broadcast address. */
export function isGroupMac(address: MacAddress): boolean {
  return Math.floor(address / 0x10000000000) % 2 === 1;
}
