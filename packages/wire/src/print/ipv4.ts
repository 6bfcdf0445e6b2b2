import { formatIpv4, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import {
  IPV4_MIN_HEADER_OCTETS,
  PROTOCOL_ICMP,
  PROTOCOL_IGMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../ipv4.ts';
import type { Flows } from './flows.ts';
import { printIcmp } from './icmp.ts';
import { printIgmp } from './igmp.ts';
import { printIpOptions } from './ip-options.ts';
import { type PrintOptions, truncated } from './options.ts';
import { printTcp, type SegmentContext } from './tcp.ts';
import { printUdp } from './udp.ts';

const ECN_NAMES = ['', ',ECT(1)', ',ECT(0)', ',CE'];
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

/** `192.0.2.1.40000 > 192.0.2.2.80: Flags [S], …`, as tcpdump prints it behind `IP `. */
export function printIpv4(bytes: Uint8Array, options: PrintOptions, flows: Flows): string {
  if (bytes.byteLength < IPV4_MIN_HEADER_OCTETS) {
    return bytes.byteLength === 0 ? truncated('ip').trim() : `truncated-ip ${bytes.byteLength}`;
  }
  const headerOctets = (bytes[0]! & 15) * 4;
  if (headerOctets < IPV4_MIN_HEADER_OCTETS) return `bad-hlen ${headerOctets}`;
  const totalOctets = readUint16(bytes, 2);
  if (totalOctets < headerOctets) return `bad-len ${totalOctets}`;
  const missing = totalOctets - bytes.byteLength;
  const packet = bytes.subarray(0, totalOctets);
  const header =
    options.verbose > 0 ? `(${printHeader(packet, headerOctets, totalOctets)})\n    ` : '';
  const short = missing > 0 ? `truncated-ip - ${missing} bytes missing! ` : '';
  return `${short}${header}${printPayload(packet, headerOctets, totalOctets, options, flows)}`;
}

function printHeader(packet: Uint8Array, headerOctets: number, totalOctets: number): string {
  const tos = packet[1]!;
  const field = readUint16(packet, 6);
  const flags = [
    (field & 0x2000) !== 0 ? '+' : '',
    (field & 0x4000) !== 0 ? 'DF' : '',
    (field & 0x8000) !== 0 ? 'rsvd' : '',
  ].filter(Boolean);
  const parts = [
    `tos 0x${tos.toString(16)}${ECN_NAMES[tos & 3]}`,
    // tcpdump leaves a TTL of 0 out.
    ...(packet[8] === 0 ? [] : [`ttl ${packet[8]}`]),
    `id ${readUint16(packet, 4)}`,
    `offset ${(field & 0x1fff) * 8}`,
    `flags [${flags.length === 0 ? 'none' : flags.join(', ')}]`,
    `proto ${PROTOCOLS[packet[9]!] ?? 'unknown'} (${packet[9]})`,
    `length ${totalOctets}`,
  ];
  if (headerOctets > IPV4_MIN_HEADER_OCTETS && packet.byteLength >= headerOctets) {
    const list = printIpOptions(packet.subarray(IPV4_MIN_HEADER_OCTETS, headerOctets));
    parts.push(`options (${list})`);
  }
  if (packet.byteLength >= headerOctets) {
    const sum = internetChecksum(packet.subarray(0, headerOctets));
    if (sum !== 0) {
      const given = readUint16(packet, 10);
      const right = internetChecksum(withoutChecksum(packet.subarray(0, headerOctets)));
      parts.push(`bad cksum ${given.toString(16)} (->${right.toString(16)})!`);
    }
  }
  return parts.join(', ');
}

function withoutChecksum(header: Uint8Array): Uint8Array {
  const copy = header.slice();
  copy.fill(0, 10, 12);
  return copy;
}

function printPayload(
  packet: Uint8Array,
  headerOctets: number,
  totalOctets: number,
  options: PrintOptions,
  flows: Flows,
): string {
  const source = readIpv4(packet, 12);
  const destination = readIpv4(packet, 16);
  const protocol = packet[9]!;
  const field = readUint16(packet, 6);
  const between = `${formatIpv4(source)} > ${formatIpv4(destination)}:`;
  if ((field & 0x1fff) !== 0) return `${between} ip-proto-${protocol}`;
  const payload = packet.subarray(headerOctets);
  const octets = totalOctets - headerOctets;
  const isFragment = (field & 0x2000) !== 0;
  const context = { source, destination, octets, isFragment, options, flows };
  const print = PRINTERS[protocol];
  return print?.(payload, context) ?? `${between}  ip-proto-${protocol} ${octets}`;
}

/** Prints what lies behind an IPv4 header, with the addresses in front. */
const PRINTERS: Readonly<Record<number, (payload: Uint8Array, context: SegmentContext) => string>> =
  {
    [PROTOCOL_ICMP](payload, { source, destination, octets, isFragment, options, flows }) {
      // A quoted packet is printed like any other, with the `IP ` that -e leaves out.
      const name = options.ethernet ? '' : 'IP ';
      const quote = (quoted: Uint8Array) => `${name}${printQuoted(quoted, options, flows)}`;
      const wanted = options.verbose > 0 && !options.quick ? quote : undefined;
      const between = `${formatIpv4(source)} > ${formatIpv4(destination)}:`;
      return `${between} ${printIcmp(payload, octets, isFragment, wanted)}`;
    },
    [PROTOCOL_IGMP](payload, { source, destination, options }) {
      const between = `${formatIpv4(source)} > ${formatIpv4(destination)}:`;
      return `${between} ${options.quick ? 'igmp' : printIgmp(payload, options.verbose)}`;
    },
    [PROTOCOL_TCP]: printTcp,
    [PROTOCOL_UDP]: printUdp,
  };

/** A quote holds only the beginning of a packet, so no missing octets are reported. */
function printQuoted(bytes: Uint8Array, options: PrintOptions, flows: Flows): string {
  return printIpv4(bytes, options, flows).replace(/^truncated-ip - \d+ bytes missing! /, '');
}
