import { formatIpv4, type IpAddress, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import { IPV4_MIN_HEADER_OCTETS, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../ipv4.ts';
import { portedProtocol } from '../protocols.ts';
import { UDP_HEADER_OCTETS } from '../udp.ts';
import { describeIcmp } from './icmp.ts';
import { describeTcp } from './tcp.ts';

/** What reads segments of a protocol with ports, behind its ports. */
const READERS: Readonly<Record<number, (bytes: Uint8Array, octets: number) => string>> = {
  [PROTOCOL_TCP]: describeTcp,
  [PROTOCOL_UDP]: describeUdp,
};

/**
 * Packets quoted inside quoted packets are not read: no honest sender makes them (RFC 1122 3.2.2).
 */
const DEEPEST_QUOTE = 1;

/**
 * One line on an IPv4 packet, as tcpdump reads it: `192.0.2.1.45012 > 192.0.2.2.80: Flags [S], seq
 * 1, win 64240, length 0`. Never throws; `[truncated]` where octets are missing.
 */
export function describePacket(bytes: Uint8Array): string {
  return readPacket(bytes, 0);
}

function readPacket(bytes: Uint8Array, depth: number): string {
  if (bytes.byteLength < IPV4_MIN_HEADER_OCTETS) return 'IPv4 [truncated]';
  if (bytes[0]! >>> 4 !== 4) return `IPv4 [bad version ${bytes[0]! >>> 4}]`;
  const headerOctets = (bytes[0]! & 15) * 4;
  if (headerOctets < IPV4_MIN_HEADER_OCTETS) return `IPv4 [bad header length ${headerOctets}]`;
  const totalOctets = readUint16(bytes, 2);
  if (totalOctets < headerOctets) return `IPv4 [bad total length ${totalOctets}]`;
  const isTruncated = totalOctets > bytes.byteLength;
  const fragment = readUint16(bytes, 6) & 0x3fff;
  const payloadOctets = totalOctets - headerOctets;
  let text = readPayload(bytes, headerOctets, totalOctets, depth);
  if (fragment !== 0) text += ` (${describeFragment(bytes, fragment, payloadOctets)})`;
  const isHeaderWhole = bytes.byteLength >= headerOctets;
  // A quoted header was changed on its way, and its sum may not have been (RFC 1812 4.3.2.3).
  if (depth === 0 && isHeaderWhole && internetChecksum(bytes.subarray(0, headerOctets)) !== 0) {
    text += ' [bad header checksum]';
  }
  return isTruncated && depth === 0 && !text.includes('[truncated]') ? `${text} [truncated]` : text;
}

function readPayload(
  bytes: Uint8Array,
  headerOctets: number,
  totalOctets: number,
  depth: number,
): string {
  const source = readIpv4(bytes, 12);
  const destination = readIpv4(bytes, 16);
  const protocol = bytes[9]!;
  if ((readUint16(bytes, 6) & 0x1fff) !== 0) {
    return `${formatIpv4(source)} > ${formatIpv4(destination)}: ${protocolName(protocol)}`;
  }
  const payload = bytes.subarray(headerOctets, totalOctets);
  return readSegment(protocol, payload, totalOctets - headerOctets, depth, source, destination);
}

/** As tcpdump of old: `frag 4711:1480@2960+`: identification, octets, offset, more to come. */
function describeFragment(bytes: Uint8Array, fragment: number, octets: number): string {
  const more = (fragment & 0x2000) !== 0 ? '+' : '';
  return `frag ${readUint16(bytes, 4)}:${octets}@${(fragment & 0x1fff) * 8}${more}`;
}

/** How a packet of this protocol is called: `ICMP`, `TCP`, `UDP`, else `ip-proto-89`. */
function protocolName(protocol: number): string {
  if (protocol === PROTOCOL_ICMP) return 'ICMP';
  return portedProtocol(protocol)?.name ?? `ip-proto-${protocol}`;
}

/**
 * One line on a TCP segment, UDP datagram or ICMP message, with the addresses where they are known:
 * `45012 > 80: Flags [S], seq 1, win 64240, length 0`. Never throws.
 */
export function describeSegment(
  protocol: number,
  bytes: Uint8Array,
  source?: IpAddress,
  destination?: IpAddress,
): string {
  return readSegment(protocol, bytes, bytes.byteLength, 0, source, destination);
}

function readSegment(
  protocol: number,
  bytes: Uint8Array,
  octets: number,
  depth: number,
  source: IpAddress | undefined,
  destination: IpAddress | undefined,
): string {
  const read = READERS[protocol];
  if (read !== undefined) {
    const isThere = bytes.byteLength >= 4;
    const from = endpoint(source, isThere ? readUint16(bytes, 0) : undefined);
    const to = endpoint(destination, isThere ? readUint16(bytes, 2) : undefined);
    const reading = read(bytes, octets);
    return from === '' ? reading : `${from} > ${to}: ${reading}`;
  }
  const route =
    source === undefined || destination === undefined
      ? ''
      : `${formatIpv4(source)} > ${formatIpv4(destination)}: `;
  if (protocol !== PROTOCOL_ICMP) return `${route}${protocolName(protocol)}, length ${octets}`;
  return (
    route +
    describeIcmp(bytes, octets, (packet) =>
      depth < DEEPEST_QUOTE ? readPacket(packet, depth + 1) : '...',
    )
  );
}

function endpoint(address: IpAddress | undefined, port: number | undefined): string {
  const host = address === undefined ? '' : formatIpv4(address);
  if (port === undefined) return host;
  return host === '' ? `${port}` : `${host}.${port}`;
}

function describeUdp(bytes: Uint8Array, octets: number): string {
  if (bytes.byteLength < UDP_HEADER_OCTETS) return 'UDP [truncated]';
  const length = readUint16(bytes, 4);
  if (length < UDP_HEADER_OCTETS) return `UDP [bad length ${length}]`;
  return length > octets
    ? `UDP, length ${length - UDP_HEADER_OCTETS} [truncated]`
    : `UDP, length ${length - UDP_HEADER_OCTETS}`;
}
