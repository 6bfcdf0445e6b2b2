import { writeUint16 } from './bytes.ts';
import { internetChecksum } from './checksum.ts';
import { Ipv4Packet } from './ipv4.ts';
import { isParseError } from './parse-error.ts';

/** The ECN field: the two low bits of the TOS octet (RFC 3168 5). */
export const ECN_MASK = 3;
export const ECN_NOT_ECT = 0;
export const ECN_ECT_1 = 1;
export const ECN_ECT_0 = 2;
/** Congestion experienced. */
export const ECN_CE = 3;

/**
 * Marks an IPv4 packet in place, as a congested router does (RFC 3168 5): ECT becomes CE, and the
 * header checksum is updated. Returns false and writes nothing if `packet` is not ECT or no IPv4
 * packet.
 */
export function markCongestionExperienced(packet: Uint8Array): boolean {
  const ip = Ipv4Packet.parse(packet);
  if (isParseError(ip) || (ip.tos & ECN_MASK) === ECN_NOT_ECT) return false;
  if ((ip.tos & ECN_MASK) === ECN_CE) return true;
  packet[1] = ip.tos | ECN_CE;
  writeUint16(packet, 10, 0);
  writeUint16(packet, 10, internetChecksum(packet.subarray(0, ip.headerOctets)));
  return true;
}
