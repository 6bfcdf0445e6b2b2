import type { LinkRequest } from '@strata/link';
import {
  completeSegmentChecksum,
  ETHERTYPE_IPV4,
  emitIpv4Header,
  HEADROOM_OCTETS,
  headroomAfterPrepend,
  IPV4_MAX_PACKET_OCTETS,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  type Ipv4Header,
  isLoopbackIpv4,
  isUnspecified,
  joinTail,
  knobsOf,
  prepend,
  tailOctets,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { fragment } from '../fragments/fragmentation.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { dropOf } from '../outcomes.ts';
import type { NetworkSendRequest } from '../pdu.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import { findPath, type Path } from '../routing/paths.ts';
import { cutOctets } from './cut-size.ts';
import { noPath, tooBig } from './send-errors.ts';
import { loopCopy, noteSent, transmit } from './transmit.ts';

/**
 * Sends a packet: route, source address, header, identification, MTU, fragments. If that fails, an
 * error indication tells the sender (RFC 1122 3.3.8). `options`: the header's options, well formed,
 * a multiple of four octets, at most 40. A super-segment has none. `isMtuProbe`: only the
 * interface's MTU limits it, not what was learnt of the path.
 */
export function send(
  context: NetworkContext,
  request: NetworkSendRequest,
  nowMs: number,
  options?: Uint8Array,
  isMtuProbe = false,
): NetworkOutcome {
  context.counters.IpOutRequests += 1;
  const { source, destination } = request;
  if (!isUnspecified(source) && !context.interfaces.isOwn(source)) {
    return dropOf(context, request, 'strata/NOT_OWN_SOURCE');
  }
  if (request.isPathSuspect) context.exceptions.forgetGatewayTo(destination);
  const found = findPath(
    context,
    source,
    destination,
    request.interfaceIndex,
    nowMs,
    request.protocol,
    request.segment,
  );
  if (typeof found === 'string') return noPath(context, request, found);
  const path = isMtuProbe ? { ...found, mtu: found.interface.mtu, isMtuLocked: false } : found;
  const from = isUnspecified(source) ? path.source : source;
  const refused = checkSource(context, request, from, path);
  if (refused !== undefined) return refused;
  const headerOctets = IPV4_MIN_HEADER_OCTETS + (options?.byteLength ?? 0);
  const totalOctets = headerOctets + request.segment.byteLength + tailOctets(request.tail);
  if (totalOctets > IPV4_MAX_PACKET_OCTETS) {
    return dropOf(context, request, 'strata/TOO_LONG');
  }
  const mtu = request.mtuDiscover === 'probe' ? path.interface.mtu : path.mtu;
  const isWhole = cutOctets(request, totalOctets) <= mtu;
  const dontFragment = hasDontFragment(request, path, isWhole);
  // A super-segment is never fragmented, with DF or without: its sender cuts it smaller instead.
  if (!isWhole && (request.segmentSize > 0 || dontFragment)) {
    return tooBig(context, request, mtu, from);
  }
  const header = headerFor(context, request, path, from, totalOctets, dontFragment, options, nowMs);
  return isWhole
    ? sendWhole(context, request, path, header)
    : sendFragments(context, request, path, header);
}

function checkSource(
  context: NetworkContext,
  request: NetworkSendRequest,
  from: IpAddress,
  path: Path,
): NetworkDrop | undefined {
  const isLink = path.interface.index !== LOOPBACK_INDEX;
  // A host may send from 0.0.0.0 only as a broadcast, while it learns its address (RFC 1122
  // 3.2.1.3 (a)).
  if (isUnspecified(from) && path.cast === 'unicast') {
    return dropOf(context, request, 'strata/NO_SOURCE');
  }
  // 127.0.0.0/8 must not appear outside a host (RFC 1122 3.2.1.3 (g)).
  const { index } = path.interface;
  if (isLink && isLoopbackIpv4(from) && knobsOf(context.conf, index).route_localnet === 0) {
    return dropOf(context, request, 'strata/NOT_OWN_SOURCE');
  }
  return undefined;
}

/** `isWhole`: the packet fits into the MTU. */
function hasDontFragment(request: NetworkSendRequest, path: Path, isWhole: boolean): boolean {
  switch (request.mtuDiscover) {
    case 'dont':
      return false;
    case 'do':
    case 'probe':
      return true;
    case 'want':
      return isWhole && !path.isMtuLocked;
    case undefined:
      return request.dontFragment && !path.isMtuLocked;
  }
}

function sendWhole(
  context: NetworkContext,
  request: NetworkSendRequest,
  path: Path,
  header: Ipv4Header,
): NetworkOutcome {
  const { segment, headroomOctets, segmentSize, checksum, trace, tail } = request;
  const { totalOctets } = header;
  const headerOctets = totalOctets - segment.byteLength - tailOctets(tail);
  const upTo = request.headerOctets;
  const packet = prepend(segment, headroomOctets, headerOctets, context.allocate);
  emitIpv4Header(packet, header);
  const { cast, nextHop } = path;
  const interfaceIndex = path.interface.index;
  if (interfaceIndex === LOOPBACK_INDEX) {
    context.counters.IpOutTransmits += 1;
    context.counters.IpExtOutOctets += totalOctets;
    const whole = joinTail(packet, tail, context.allocate);
    const looped = { packet: whole, interfaceIndex, cast, segmentSize, checksum, trace };
    context.loopback.push(looped);
    return noteSent(context, looped, 'strata/LOOPED_BACK');
  }
  if (cast !== 'unicast') loopCopy(context, packet, request, path);
  const sent = {
    interfaceIndex,
    etherType: ETHERTYPE_IPV4,
    cast,
    nextHop,
    packet,
    headroomOctets: headroomAfterPrepend(headroomOctets, headerOctets),
    segmentSize,
    headerOctets: upTo === undefined ? undefined : headerOctets + upTo,
    checksum,
    trace,
    tail,
  };
  transmit(context, totalOctets, sent);
  return noteSent(context, sent, 'strata/SENT');
}

function sendFragments(
  context: NetworkContext,
  request: NetworkSendRequest,
  path: Path,
  header: Ipv4Header,
): NetworkOutcome {
  const { counters } = context;
  const { segment, protocol, trace } = request;
  if (request.checksum === 'partial') completeSegmentChecksum(segment, protocol);
  if (path.cast !== 'unicast') {
    const headerOctets = header.totalOctets - segment.byteLength;
    const packet = prepend(segment, 0, headerOctets, context.allocate);
    emitIpv4Header(packet, header);
    loopCopy(context, packet, request, path);
  }
  for (const packet of fragment(header, segment, path.mtu, context.allocate)) {
    counters.IpFragCreates += 1;
    const sent: LinkRequest = {
      interfaceIndex: path.interface.index,
      etherType: ETHERTYPE_IPV4,
      cast: path.cast,
      nextHop: path.nextHop,
      packet,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace,
    };
    transmit(context, packet.byteLength, sent);
    noteSent(context, sent, 'strata/FRAGMENTED');
  }
  counters.IpFragOKs += 1;
  return 'strata/FRAGMENTED';
}

function headerFor(
  context: NetworkContext,
  request: NetworkSendRequest,
  path: Path,
  source: IpAddress,
  totalOctets: number,
  dontFragment: boolean,
  options: Uint8Array | undefined,
  nowMs: number,
): Ipv4Header {
  const { destination, protocol, segmentSize } = request;
  let packets = 1;
  if (segmentSize > 0) {
    packets = Math.ceil((totalOctets - IPV4_MIN_HEADER_OCTETS) / segmentSize);
  }
  // A packet that cannot be fragmented needs no identification (RFC 6864 4.1).
  const identification = dontFragment
    ? 0
    : context.identifications.next(source, destination, protocol, packets, nowMs);
  // Multicast stays on the link unless the sender chooses a TTL (RFC 1112 6.1).
  const ttl = path.cast === 'multicast' ? 1 : context.sysctl.ip_default_ttl;
  return {
    tos: request.tos,
    totalOctets,
    identification,
    dontFragment,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: request.ttl === 0 ? ttl : request.ttl,
    protocol,
    source,
    destination,
    options,
  };
}
