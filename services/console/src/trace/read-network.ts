import type { LinkIndication, LinkRequest } from '@strata/link';
import type { NetworkIndication, NetworkRequest } from '@strata/network';
import {
  type ChecksumState,
  describePacket,
  describePacketOffload,
  describeSegment,
  describeSegmentOffload,
  formatIpv4,
  type IpAddress,
  joinTail,
  PROTOCOL_ICMP,
  portedProtocol,
} from '@strata/wire';
import { describeGroup } from './describe-group.ts';
import type { Reading } from './event.ts';

const ETHERTYPE_IPV4 = 0x0800;

/** Reads a request of network to link: a packet. */
export function readLinkRequest(request: LinkRequest): Reading {
  const how = request.cast === 'unicast' ? `via ${formatIpv4(request.nextHop)}` : request.cast;
  const packet = joinTail(request.packet, request.tail);
  return readPacket(request, packet, `${how}, if ${request.interfaceIndex}`);
}

/** Reads an indication of link to network: a packet, or an unreachable next hop. */
export function readLinkIndication(indication: LinkIndication): Reading {
  const { packet, interfaceIndex } = indication;
  if (indication.kind === 'packet') {
    return readPacket(indication, packet, `if ${interfaceIndex}`);
  }
  const text = `${formatIpv4(indication.nextHop)} does not answer ARP: ${describePacket(packet)}`;
  return { pdu: 'unreachable', text, bytes: packet };
}

/** What all PDUs say of super-segments and checksums. */
interface Meta {
  readonly segmentSize: number;
  readonly checksum: ChecksumState;
}

function readPacket(
  meta: Meta & { readonly etherType: number },
  packet: Uint8Array,
  where: string,
): Reading {
  const { etherType } = meta;
  const text =
    etherType === ETHERTYPE_IPV4
      ? describePacket(packet) + inBrackets(describePacketOffload(packet, meta))
      : `ethertype 0x${etherType.toString(16).padStart(4, '0')}, length ${packet.byteLength}`;
  return { pdu: 'packet', text: `${text} (${where})`, bytes: packet };
}

/** Reads a request of transport to network. */
export function readNetworkRequest(request: NetworkRequest): Reading {
  if (request.kind === 'reject') {
    const text = `${request.code}: ${describePacket(join(request.header, request.segment))}`;
    return { pdu: 'reject', text, bytes: undefined };
  }
  if (request.kind === 'path-mtu') {
    const text = `path MTU ${request.mtu} to ${formatIpv4(request.destination)} confirmed`;
    return { pdu: 'path-mtu', text, bytes: undefined };
  }
  if (request.kind === 'group') {
    const text = `socket ${request.socket} wants ${describeGroup(request)}`;
    return { pdu: 'group', text, bytes: undefined };
  }
  return readSegment(request, joinTail(request.segment, request.tail));
}

/** Reads an indication of network to transport. */
export function readNetworkIndication(indication: NetworkIndication): Reading {
  const { protocol, source, destination } = indication;
  if (indication.kind === 'segment') return readSegment(indication, indication.segment);
  const { type, code, reporter, quoted } = indication;
  const about = describeSegment(protocol, quoted, source, destination);
  const text = `ICMP type ${type} code ${code} from ${formatIpv4(reporter)} about ${about}`;
  return { pdu: 'error', text, bytes: undefined };
}

function readSegment(
  meta: Meta & {
    readonly protocol: number;
    readonly source: IpAddress;
    readonly destination: IpAddress;
    readonly ttl: number;
    readonly tos: number;
  },
  segment: Uint8Array,
): Reading {
  const { protocol, source, destination, ttl, tos } = meta;
  const offload = describeSegmentOffload(protocol, segment, segment.byteLength, meta);
  const text = describeSegment(protocol, segment, source, destination) + inBrackets(offload);
  const ends = { source: formatIpv4(source), destination: formatIpv4(destination) };
  return { pdu: nameOf(protocol), text, bytes: segment, ip: { ...ends, protocol, ttl, tos } };
}

/** ` (GSO 1448 x 44)`; nothing where there is nothing to say. */
export function inBrackets(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

function nameOf(protocol: number): string {
  const other = protocol === PROTOCOL_ICMP ? 'message' : 'payload';
  return portedProtocol(protocol)?.pduName ?? other;
}

function join(header: Uint8Array, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(header.byteLength + rest.byteLength);
  bytes.set(header);
  bytes.set(rest, header.byteLength);
  return bytes;
}
