import { formatMac } from '../address.ts';
import { readUint16, readUint48 } from '../bytes.ts';
import {
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_MIN,
} from '../ethernet.ts';
import { printArp } from './arp.ts';
import type { Flows } from './flows.ts';
import { printIpv4 } from './ipv4.ts';
import { printIpv6 } from './ipv6.ts';
import { type PrintOptions, truncated } from './options.ts';
import { hex16 } from './tcp.ts';

const ETHERTYPE_IPV6 = 0x86dd;
const TYPES: Readonly<Record<number, readonly [name: string, prefix: string]>> = {
  [ETHERTYPE_IPV4]: ['IPv4', 'IP'],
  [ETHERTYPE_ARP]: ['ARP', 'ARP,'],
  [ETHERTYPE_IPV6]: ['IPv6', 'IP6'],
};

/** What is printed of a frame, and whether its payload is not decoded. */
export interface Printed {
  /** One line, or several with `-v`. */
  readonly text: string;
  /** The protocol behind the header is unknown: tcpdump dumps the octets. */
  readonly isUnknown: boolean;
}

/**
 * An Ethernet frame as tcpdump(8) prints it, without the time. Never throws.
 *
 * @param octets octets of the frame before the capture cut it short
 */
export function printFrame(
  bytes: Uint8Array,
  octets: number,
  options: PrintOptions,
  flows: Flows,
): Printed {
  if (bytes.byteLength < ETHERNET_HEADER_OCTETS) {
    return { text: truncated('ether').trim(), isUnknown: false };
  }
  const type = readUint16(bytes, 12);
  const [name, prefix] = TYPES[type] ?? ['Unknown', undefined];
  const isUnknown = prefix === undefined;
  let text = '';
  if (options.ethernet || isUnknown) {
    text = `${formatMac(readUint48(bytes, 6))} > ${formatMac(readUint48(bytes, 0))}, `;
    text +=
      type < ETHERTYPE_MIN
        ? `802.3, length ${octets}: `
        : `${options.quick && !isUnknown ? name : `ethertype ${name} (${hex16(type)})`}, length ${octets}: `;
  } else text = `${prefix} `;
  if (isUnknown) return { text, isUnknown };
  const payload = bytes.subarray(ETHERNET_HEADER_OCTETS);
  return { text: text + printPayload(type, payload, octets, options, flows), isUnknown };
}

function printPayload(
  type: number,
  payload: Uint8Array,
  octets: number,
  options: PrintOptions,
  flows: Flows,
): string {
  if (type === ETHERTYPE_IPV4) return printIpv4(payload, options, flows);
  if (type === ETHERTYPE_ARP) return printArp(payload, octets - ETHERNET_HEADER_OCTETS, options);
  return printIpv6(payload);
}

/** An IPv4 packet without a frame, as tcpdump prints it. Never throws. */
export function printPacket(bytes: Uint8Array, options: PrintOptions, flows: Flows): string {
  return `IP ${printIpv4(bytes, options, flows)}`;
}
