import { formatIpv4, type IpAddress, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import { IPV4_MIN_HEADER_OCTETS, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../ipv4.ts';
import { portedProtocol } from '../protocols.ts';
import { UDP_HEADER_OCTETS } from '../udp.ts';
import { describeIcmp } from './icmp.ts';
import { describeTcp } from './tcp.ts';

/** Describes a segment of a protocol with ports, without the ports. */
const READERS: Readonly<Record<number, (bytes: Uint8Array, octets: number) => string>> = {
  [PROTOCOL_TCP]: describeTcp,
  [PROTOCOL_UDP]: describeUdp,
};

/**
 * A quote inside a quote is not described: no correct host sends an ICMP error about an ICMP error
 * (RFC 1122 3.2.2).
 */
const DEEPEST_QUOTE = 1;

/**
 * Describes an IPv4 packet in one line, as tcpdump prints it: `192.0.2.1.45012 > 192.0.2.2.80:
 * Flags [S], seq 1, win 64240, length 0`. Never throws; prints `[truncated]` if octets are missing.
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
  // Routers change a header on its way, and a quote of it may have the old checksum (RFC 1812
  // 4.3.2.3).
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

/**
 * As older versions of tcpdump print it: `frag 4711:1480@2960+` is identification, octets, offset,
 * and `+` if more fragments follow.
 */
function describeFragment(bytes: Uint8Array, fragment: number, octets: number): string {
  const more = (fragment & 0x2000) !== 0 ? '+' : '';
  return `frag ${readUint16(bytes, 4)}:${octets}@${(fragment & 0x1fff) * 8}${more}`;
}

/** The name of this protocol: `ICMP`, `TCP`, `UDP`, else `ip-proto-89`. */
function protocolName(protocol: number): string {
  if (protocol === PROTOCOL_ICMP) return 'ICMP';
  return portedProtocol(protocol)?.name ?? `ip-proto-${protocol}`;
}

/**
 * Describes a TCP segment, UDP datagram or ICMP message in one line, with the addresses if they are
 * known: `45012 > 80: Flags [S], seq 1, win 64240, length 0`. Never throws.
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
