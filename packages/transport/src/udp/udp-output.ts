import {
  emitUdpHeader,
  emitUdpPartialHeader,
  HEADROOM_OCTETS,
  type IpAddress,
  isLoopbackIpv4,
  isMulticastIpv4,
  isUnspecified,
  PROTOCOL_UDP,
  UDP_HEADER_OCTETS,
  UDP_MAX_PAYLOAD_OCTETS,
} from '@strata/wire';
import { dropUdp } from '../outcomes.ts';
import type { TransportRequest } from '../pdu.ts';
import type { CloseReason } from '../tcp/state/socket.ts';
import type { UdpContext } from './udp-context.ts';
import type { UdpSocketState } from './udp-socket.ts';

export type DatagramRequest = Extract<TransportRequest, { kind: 'datagram' }>;

/** Default time to live of multicast datagrams: they stay on the local network (RFC 1112 6.1). */
const MULTICAST_TTL = 1;

/** Largest data size of each datagram in a super-datagram, the contract's limit of every PDU. */
const MAX_SEGMENT_OCTETS = 65495;
/** Largest number of datagrams in one request: Linux's UDP_MAX_SEGMENTS. */
const MAX_SEGMENTS = 128;

/**
 * Sends a datagram, or several in one super-datagram. If that is not possible, an `error`
 * indication tells the application why (RFC 768, RFC 1122 4.1.4).
 */
export function sendDatagram(
  udp: UdpContext,
  state: UdpSocketState,
  request: DatagramRequest,
): void {
  const refusal = checkDatagram(udp, state, request);
  if (refusal !== undefined) {
    refuse(udp, state, request, refusal[0], refusal[1]);
    return;
  }
  const source = chooseSource(udp, state, request);
  if (source === undefined) {
    refuse(udp, state, request, 'network unreachable', 'the stack has no address');
    return;
  }
  if (isLoopbackIpv4(source) && !udp.addresses.owns(request.remote.address)) {
    // RFC 1122 3.2.1.3 (g): a loopback address never leaves the host.
    refuse(udp, state, request, 'invalid', 'a loopback address as source to another host');
    return;
  }
  emitDatagram(udp, state, request, source);
}

function checkDatagram(
  udp: UdpContext,
  state: UdpSocketState,
  request: DatagramRequest,
): readonly [CloseReason, string] | undefined {
  const { data, remote, source, ttl } = request;
  if (data.byteLength > UDP_MAX_PAYLOAD_OCTETS) {
    return ['invalid', `${data.byteLength} octets of data; at most ${UDP_MAX_PAYLOAD_OCTETS}`];
  }
  const refusal = checkSegmentSize(request);
  if (refusal !== undefined) return ['invalid', refusal];
  if (!(remote.port >= 1 && remote.port <= 65535)) {
    return ['invalid', `destination port ${remote.port}; 1 to 65,535`];
  }
  if (isUnspecified(remote.address)) return ['invalid', 'no destination address'];
  if (ttl !== undefined && !(ttl >= 1 && ttl <= 255)) {
    return ['invalid', `time to live ${ttl}; 1 to 255`];
  }
  if (!isUnspecified(source) && !udp.addresses.owns(source)) {
    return ['address not available', 'the source is not an address of the stack'];
  }
  if (!state.broadcast && udp.addresses.isBroadcast(remote.address)) {
    return ['access denied', 'a broadcast address needs the option broadcast'];
  }
  return undefined;
}

function checkSegmentSize({ data, segmentSize }: DatagramRequest): string | undefined {
  if (segmentSize === undefined) return undefined;
  const isInRange = segmentSize >= 1 && segmentSize <= MAX_SEGMENT_OCTETS;
  if (!Number.isInteger(segmentSize) || !isInRange) {
    return `segments of ${segmentSize} octets; 1 to ${MAX_SEGMENT_OCTETS}`;
  }
  const count = Math.ceil(data.byteLength / segmentSize);
  return count > MAX_SEGMENTS
    ? `${count} datagrams in one request; at most ${MAX_SEGMENTS}`
    : undefined;
}

/**
 * The source address: the one asked for, else the one bound, else the one for the destination (RFC
 * 1122 4.1.3.5).
 */
function chooseSource(
  udp: UdpContext,
  state: UdpSocketState,
  request: DatagramRequest,
): IpAddress | undefined {
  if (!isUnspecified(request.source)) return request.source;
  const bound = state.local.address;
  if (!isUnspecified(bound) && udp.addresses.owns(bound)) return bound;
  return udp.addresses.sourceFor(request.remote.address)?.address;
}

function emitDatagram(
  udp: UdpContext,
  state: UdpSocketState,
  request: DatagramRequest,
  source: IpAddress,
): void {
  const { data, remote } = request;
  const segment = udp.allocate(UDP_HEADER_OCTETS + data.byteLength);
  segment.set(data, UDP_HEADER_OCTETS);
  const { segmentSize = 0 } = request;
  // Data that fits into one datagram is sent as one.
  const isSuper = segmentSize > 0 && data.byteLength > segmentSize;
  const emit = isSuper ? emitUdpPartialHeader : emitUdpHeader;
  emit(segment, source, remote.address, state.local.port, remote.port);
  udp.counters.UdpOutDatagrams += isSuper ? Math.ceil(data.byteLength / segmentSize) : 1;
  const { mtuDiscover = udp.sysctl.ip_no_pmtu_disc === 0 ? 'want' : 'dont' } = request;
  udp.emit({
    kind: 'send',
    source,
    destination: remote.address,
    protocol: PROTOCOL_UDP,
    ttl:
      request.ttl ??
      state.ttl ??
      (isMulticastIpv4(remote.address) ? MULTICAST_TTL : udp.sysctl.ip_default_ttl),
    tos: state.tos,
    dontFragment: mtuDiscover !== 'dont',
    mtuDiscover,
    interfaceIndex: 0,
    noLoop: request.noLoop,
    segment,
    headroomOctets: HEADROOM_OCTETS,
    segmentSize: isSuper ? segmentSize : 0,
    checksum: isSuper ? 'partial' : 'complete',
    trace: request.trace,
  });
}

function refuse(
  udp: UdpContext,
  state: UdpSocketState,
  request: DatagramRequest,
  reason: CloseReason,
  detail: string,
): void {
  dropUdp(udp, 'strata/REFUSED');
  udp.indicate({
    kind: 'error',
    socket: state.socket,
    endpoint: state.endpoint,
    trace: request.trace,
    reason,
    remote: request.remote,
    detail,
  });
}
