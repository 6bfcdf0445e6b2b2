import { formatIpv4, formatMac, isUnspecified } from '../address.ts';
import { ARP_REPLY, ARP_REQUEST, type Arp, parseArp } from '../arp.ts';
import { readUint16, readUint48 } from '../bytes.ts';
import {
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_MIN,
} from '../ethernet.ts';
import { isParseError } from '../parse-error.ts';
import { describePacket } from './packet.ts';

/**
 * Describes an Ethernet frame in one line: `02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP, Request
 * who-has 192.0.2.2 tell 192.0.2.1`. Never throws; prints `[truncated]` if octets are missing.
 */
export function describeFrame(bytes: Uint8Array): string {
  if (bytes.byteLength < ETHERNET_HEADER_OCTETS) return 'Ethernet [truncated]';
  const stations = `${formatMac(readUint48(bytes, 6))} > ${formatMac(readUint48(bytes, 0))}`;
  const type = readUint16(bytes, 12);
  const payload = bytes.subarray(ETHERNET_HEADER_OCTETS);
  switch (type) {
    case ETHERTYPE_ARP:
      return `${stations} ARP, ${describeArp(payload)}`;
    case ETHERTYPE_IPV4:
      return `${stations} IPv4, ${describePacket(payload)}`;
    default:
      return type < ETHERTYPE_MIN
        ? `${stations} 802.3, length ${type}`
        : `${stations} ethertype 0x${type.toString(16).padStart(4, '0')}, length ${payload.byteLength}`;
  }
}

/** Describes an ARP packet in one line: `Reply 192.0.2.2 is-at 02:00:00:00:00:02`. Never throws. */
export function describeArp(bytes: Uint8Array): string {
  const arp = parseArp(bytes);
  if (isParseError(arp)) return `[${arp}]`;
  if (arp.operation === ARP_REQUEST) return describeRequest(arp);
  if (arp.operation === ARP_REPLY) {
    return `Reply ${formatIpv4(arp.senderAddress)} is-at ${formatMac(arp.senderMac)}`;
  }
  return `operation ${arp.operation} ${formatIpv4(arp.senderAddress)} > ${formatIpv4(arp.targetAddress)}`;
}

function describeRequest(arp: Arp): string {
  const target = formatIpv4(arp.targetAddress);
  if (arp.senderAddress === arp.targetAddress) return `Announcement ${target}`;
  if (isUnspecified(arp.senderAddress)) return `Probe ${target}`;
  return `Request who-has ${target} tell ${formatIpv4(arp.senderAddress)}`;
}
