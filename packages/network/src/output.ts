import type { LinkRequest } from '@strata/link';
import {
  completeSegmentChecksum,
  ETHERTYPE_IPV4,
  emitIpv4Header,
  HEADROOM_OCTETS,
  headroomAfterPrepend,
  ICMP_ADMINISTRATIVELY_PROHIBITED,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HOST_UNREACHABLE,
  ICMP_NET_UNREACHABLE,
  IPV4_MAX_PACKET_OCTETS,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  type Ipv4Header,
  isLoopbackIpv4,
  isParseError,
  isUnspecified,
  joinTail,
  LOOPBACK_IPV4,
  portedProtocol,
  prepend,
  tailOctets,
  UDP_HEADER_OCTETS,
} from '@strata/wire';
import {
  type LoopbackPacket,
  type NetworkContext,
  OWN_QUOTE_OCTETS,
  ownReporter,
} from './context.ts';
import { fragment } from './fragments/fragmentation.ts';
import { Identifications } from './fragments/identification.ts';
import { LOOPBACK_INDEX } from './interfaces.ts';
import { dropOf, type NetworkDone, type NetworkDrop, type NetworkOutcome } from './outcomes.ts';
import type { NetworkSendRequest } from './pdu.ts';
import type { NetworkProtocols } from './protocols.ts';
import { findPath, type NoPath, type Path } from './routing/paths.ts';

const NO_PATH_DROP: Readonly<Record<NoPath, NetworkDrop>> = {
  'no route': 'IP_OUTNOROUTES',
  unreachable: 'strata/ROUTE_UNREACHABLE',
  prohibit: 'strata/ROUTE_PROHIBITED',
  blackhole: 'strata/ROUTE_BLACKHOLE',
};

/** The send path: route, source address, header, identification, MTU, fragments. */
export class Output {
  readonly #context: NetworkContext;
  readonly #protocols: NetworkProtocols;
  readonly #identifications: Identifications;

  constructor(context: NetworkContext, protocols: NetworkProtocols) {
    this.#context = context;
    this.#protocols = protocols;
    this.#identifications = new Identifications(context.random);
  }

  /**
   * Sends a packet. If that fails, an error indication tells the sender (RFC 1122 3.3.8).
   * `options`: the header's options, well formed, a multiple of four octets, at most 40. A
   * super-segment has none.
   */
  send(request: NetworkSendRequest, nowMs: number, options?: Uint8Array): NetworkOutcome {
    const { counters } = this.#context;
    counters.IpOutRequests += 1;
    const { source, destination } = request;
    if (!isUnspecified(source) && !this.#context.interfaces.isOwn(source)) {
      return dropOf(this.#context, request, 'strata/NOT_OWN_SOURCE');
    }
    if (request.isPathSuspect) this.#context.exceptions.forgetGatewayTo(destination);
    const path = findPath(this.#context, source, destination, request.interfaceIndex, nowMs);
    if (typeof path === 'string') return this.#noPath(request, path);
    const from = isUnspecified(source) ? path.source : source;
    const refused = this.#checkSource(request, from, path);
    if (refused !== undefined) return refused;
    const headerOctets = IPV4_MIN_HEADER_OCTETS + (options?.byteLength ?? 0);
    const totalOctets = headerOctets + request.segment.byteLength + tailOctets(request.tail);
    if (totalOctets > IPV4_MAX_PACKET_OCTETS) {
      return dropOf(this.#context, request, 'strata/TOO_LONG');
    }
    const isWhole = cutOctets(request, totalOctets) <= path.mtu;
    // A super-segment is never fragmented, with DF or without: its sender cuts it smaller instead.
    if (!isWhole && (request.segmentSize > 0 || !this.#mayFragment(request, path))) {
      return this.#tooBig(request, path, from);
    }
    const header = this.#header(request, path, from, totalOctets, options, nowMs);
    return isWhole
      ? this.#sendWhole(request, path, header)
      : this.#sendFragments(request, path, header);
  }

  #checkSource(request: NetworkSendRequest, from: IpAddress, path: Path): NetworkDrop | undefined {
    const isLink = path.interface.index !== LOOPBACK_INDEX;
    // A host may send from 0.0.0.0 only as a broadcast, while it learns its address (RFC 1122
    // 3.2.1.3 (a)).
    if (isUnspecified(from) && path.cast === 'unicast') {
      return dropOf(this.#context, request, 'strata/NO_SOURCE');
    }
    // 127.0.0.0/8 must not appear outside a host (RFC 1122 3.2.1.3 (g)).
    if (isLink && isLoopbackIpv4(from)) {
      return dropOf(this.#context, request, 'strata/NOT_OWN_SOURCE');
    }
    return undefined;
  }

  #mayFragment(request: NetworkSendRequest, path: Path): boolean {
    return !request.dontFragment || path.isMtuLocked || this.#context.sysctl.ip_no_pmtu_disc !== 0;
  }

  #sendWhole(request: NetworkSendRequest, path: Path, header: Ipv4Header): NetworkOutcome {
    const { segment, headroomOctets, segmentSize, checksum, trace, tail } = request;
    const { totalOctets } = header;
    const headerOctets = totalOctets - segment.byteLength - tailOctets(tail);
    const upTo = request.headerOctets;
    const packet = prepend(segment, headroomOctets, headerOctets, this.#context.allocate);
    emitIpv4Header(packet, header);
    const { cast, nextHop } = path;
    const interfaceIndex = path.interface.index;
    if (interfaceIndex === LOOPBACK_INDEX) {
      this.#context.counters.IpOutTransmits += 1;
      this.#context.counters.IpExtOutOctets += totalOctets;
      const whole = joinTail(packet, tail, this.#context.allocate);
      const looped = { packet: whole, interfaceIndex, cast, segmentSize, checksum, trace };
      this.#context.loopback.push(looped);
      return this.#sent(looped, 'strata/LOOPED_BACK');
    }
    if (cast !== 'unicast') this.#loopCopy(packet, request, path);
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
    this.#transmit(totalOctets, sent);
    return this.#sent(sent, 'strata/SENT');
  }

  #sendFragments(request: NetworkSendRequest, path: Path, header: Ipv4Header): NetworkOutcome {
    const { counters } = this.#context;
    const { segment, protocol, trace } = request;
    if (request.checksum === 'partial') completeSegmentChecksum(segment, protocol);
    if (path.cast !== 'unicast') {
      const headerOctets = header.totalOctets - segment.byteLength;
      const packet = prepend(segment, 0, headerOctets, this.#context.allocate);
      emitIpv4Header(packet, header);
      this.#loopCopy(packet, request, path);
    }
    for (const packet of fragment(header, segment, path.mtu, this.#context.allocate)) {
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
      this.#transmit(packet.byteLength, sent);
      this.#sent(sent, 'strata/FRAGMENTED');
    }
    counters.IpFragOKs += 1;
    return 'strata/FRAGMENTED';
  }

  #header(
    request: NetworkSendRequest,
    path: Path,
    source: IpAddress,
    totalOctets: number,
    options: Uint8Array | undefined,
    nowMs: number,
  ): Ipv4Header {
    const { destination, protocol, segmentSize } = request;
    const dontFragment = !this.#mayFragment(request, path);
    let packets = 1;
    if (segmentSize > 0) {
      packets = Math.ceil((totalOctets - IPV4_MIN_HEADER_OCTETS) / segmentSize);
    }
    // A packet that cannot be fragmented needs no identification (RFC 6864 4.1).
    const identification = dontFragment
      ? 0
      : this.#identifications.next(source, destination, protocol, packets, nowMs);
    // Multicast stays on the link unless the sender chooses a TTL (RFC 1112 6.1).
    const ttl = path.cast === 'multicast' ? 1 : this.#context.sysctl.ip_default_ttl;
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

  /**
   * A member of a group that sends to it also gets a copy (RFC 1112 6.1). Broadcasts are copied
   * too, as Linux's ip_mc_output() does.
   */
  #loopCopy(packet: Uint8Array, request: NetworkSendRequest, path: Path): void {
    const { interfaces, loopback } = this.#context;
    if (path.cast === 'multicast' && !interfaces.isMember(request.destination)) return;
    const { segmentSize, checksum, trace } = request;
    loopback.push({
      packet: packet.slice(),
      interfaceIndex: path.interface.index,
      cast: path.cast,
      segmentSize,
      checksum,
      trace,
    });
  }

  #sent(pdu: LinkRequest | LoopbackPacket, reason: NetworkDone): NetworkDone {
    const { outcomes } = this.#context;
    if (outcomes.isOn) outcomes.emitted(pdu, reason);
    return reason;
  }

  #transmit(totalOctets: number, request: LinkRequest): void {
    const { counters, toLink } = this.#context;
    counters.IpOutTransmits += 1;
    counters.IpExtOutOctets += totalOctets;
    if (request.cast === 'broadcast') counters.IpExtOutBcastPkts += 1;
    else if (request.cast === 'multicast') counters.IpExtOutMcastPkts += 1;
    toLink.push(request);
  }

  #tooBig(request: NetworkSendRequest, path: Path, from: IpAddress): NetworkOutcome {
    this.#report(request, from, ICMP_FRAGMENTATION_NEEDED, path.mtu);
    return dropOf(this.#context, request, 'PKT_TOO_BIG');
  }

  #noPath(request: NetworkSendRequest, why: NoPath): NetworkOutcome {
    switch (why) {
      case 'no route':
        this.#report(request, request.source, ICMP_NET_UNREACHABLE, 0);
        break;
      case 'unreachable':
        this.#report(request, request.source, ICMP_HOST_UNREACHABLE, 0);
        break;
      case 'prohibit':
        this.#report(request, request.source, ICMP_ADMINISTRATIVELY_PROHIBITED, 0);
        break;
      case 'blackhole':
        break;
    }
    return dropOf(this.#context, request, NO_PATH_DROP[why]);
  }

  #report(request: NetworkSendRequest, source: IpAddress, code: number, mtu: number): void {
    this.#protocols.handleError({
      kind: 'error',
      reporter: ownReporter(source, LOOPBACK_IPV4),
      type: ICMP_DESTINATION_UNREACHABLE,
      code,
      mtu,
      protocol: request.protocol,
      source: request.source,
      destination: request.destination,
      quoted: request.segment.subarray(0, OWN_QUOTE_OCTETS),
    });
  }
}

/**
 * Octets of the largest packet on the wire. For a super-segment: of the packets that it is cut
 * into.
 */
function cutOctets(request: NetworkSendRequest, totalOctets: number): number {
  const { segment, segmentSize, protocol } = request;
  if (segmentSize === 0) return totalOctets;
  const headerOctets = request.headerOctets ?? readHeaderOctets(segment, protocol);
  return Math.min(totalOctets, IPV4_MIN_HEADER_OCTETS + headerOctets + segmentSize);
}

/** Octets of the transport header, for requests that do not give them. */
function readHeaderOctets(segment: Uint8Array, protocol: number): number {
  const ported = portedProtocol(protocol);
  if (ported === undefined) return UDP_HEADER_OCTETS;
  const view = ported.parseHeader(segment);
  return isParseError(view) ? ported.minHeaderOctets : view.headerOctets;
}
