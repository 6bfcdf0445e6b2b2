import { formatIpv4, formatMac } from '../address.ts';
import { ARP_OCTETS, ARP_REPLY, ARP_REQUEST, type Arp, parseArp } from '../arp.ts';
import { isParseError } from '../parse-error.ts';
import { type PrintOptions, truncated } from './options.ts';

/**
 * `Request who-has 192.0.2.2 tell 192.0.2.1, length 28`, as tcpdump prints it behind `ARP, `.
 *
 * @param octets octets of the packet with its padding
 */
export function printArp(bytes: Uint8Array, octets: number, options: PrintOptions): string {
  const arp = parseArp(bytes);
  if (isParseError(arp))
    return bytes.byteLength < ARP_OCTETS ? truncated('arp').trim() : `[${arp}]`;
  const kind = options.verbose > 0 ? 'Ethernet (len 6), IPv4 (len 4), ' : '';
  return `${kind}${printOperation(arp)}, length ${octets}`;
}

function printOperation(arp: Arp): string {
  const target = formatIpv4(arp.targetAddress);
  if (arp.operation === ARP_REPLY) {
    return `Reply ${formatIpv4(arp.senderAddress)} is-at ${formatMac(arp.senderMac)}`;
  }
  if (arp.operation !== ARP_REQUEST) {
    return `ARP-#${arp.operation} for proto #2048 (4) hardware #1 (6)`;
  }
  // Some senders fill in the MAC address that they knew before.
  const before = arp.targetMac === 0 ? '' : ` (${formatMac(arp.targetMac)})`;
  return `Request who-has ${target}${before} tell ${formatIpv4(arp.senderAddress)}`;
}
