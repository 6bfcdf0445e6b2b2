import {
  type AddressType,
  decrementTtl,
  ICMP_SOURCE_ROUTE_FAILED,
  ICMP_TTL_EXCEEDED,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  type Ipv4Packet,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendFragmentationNeeded, sendTimeExceeded, sendUnreachable } from '../icmp/icmp-errors.ts';
import type { LinkArrival } from '../input/arrival.ts';
import { offenderOf } from '../input/as-on-wire.ts';
import { refuseOptions, reportOption } from '../input/option-check.ts';
import { translateOut } from '../nat/translate-out.ts';
import { isStrict, type SourceHop, sourceRouteOf } from '../options/source-route.ts';
import { drop } from '../outcomes.ts';
import { largestPacketOctets } from '../output/cut-size.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import { clampMss } from './clamp-mss.ts';
import { findForwardPath } from './forward-path.ts';
import { refuseByRoute } from './no-route.ts';
import { redirectSender } from './redirect.ts';
import { sendInPieces, sendWhole } from './send-forwarded.ts';
import { updateOptions } from './update-options.ts';

/**
 * Forwards a packet for another host, as Linux's ip_forward() does (RFC 1812 5.2.1): route,
 * options, TTL, MTU. The packet's header is right and its addresses are those of hosts. Its header
 * is changed in place. Its payload is not touched, but for the MSS of a SYN.
 *
 * @param cast `broadcast`: it is a broadcast to the hosts of another link
 * @param towards the destination, or the next hop of the source route
 * @param hop where the source route leads; undefined: the packet is not at a hop of one
 */
export function forward(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  towards: IpAddress,
  hop: SourceHop | undefined,
  arrival: LinkArrival,
  nowMs: number,
): NetworkOutcome {
  // RFC 1812 5.3.4: or a broadcast would multiply.
  if (arrival.cast !== 'unicast') return drop(context, 'strata/LINK_BROADCAST');
  const hasOptions = packet.headerOctets > IPV4_MIN_HEADER_OCTETS;
  // At a hop of a source route they were checked already.
  if (hasOptions && hop === undefined) {
    const refused = refuseOptions(context, packet, cast, arrival, nowMs);
    if (refused !== undefined) return refused;
  }
  const path = findForwardPath(context, packet, towards, cast, nowMs);
  if (typeof path === 'string') {
    return refuseByRoute(context, path, packet, hop !== undefined, arrival, nowMs);
  }
  if (hasOptions && hop === undefined) {
    const astray = refuseStrictRoute(context, packet, cast, arrival, nowMs);
    if (astray !== undefined) return astray;
  }
  if (packet.ttl <= 1) return ttlExceeded(context, packet, arrival, nowMs);
  if (hop?.isStrict && path.nextHop !== towards) {
    return sourceRouteFailed(context, packet, arrival, nowMs);
  }
  context.counters.IpForwDatagrams += 1;
  const isWhole = largestPacketOctets(packet, arrival.segmentSize) <= path.mtu;
  if (!isWhole && packet.dontFragment) return tooBig(context, packet, path.mtu, arrival, nowMs);
  decrementTtl(packet.bytes);
  const { translation, interfaceIndex } = arrival;
  if (path.interface.index === interfaceIndex && hop === undefined && !translation) {
    redirectSender(context, packet, path, arrival, nowMs);
  }
  if (hasOptions) updateOptions(context, packet, path, hop, nowMs);
  clampMss(context, packet, path, arrival);
  if (context.nat !== undefined) {
    const refused = translateOut(context, context.nat, packet, path, arrival, nowMs);
    if (refused !== undefined) return refused;
  }
  return isWhole
    ? sendWhole(context, packet, path, arrival)
    : sendInPieces(context, packet, path, arrival);
}

/**
 * A packet with a strict source route comes only to its hops. The octet at fault is that of its
 * destination.
 */
function refuseStrictRoute(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: LinkArrival,
  nowMs: number,
): NetworkDrop | undefined {
  const option = sourceRouteOf(packet.options);
  if (option === undefined || !isStrict(option)) return undefined;
  const outcome = drop(context, 'strata/STRICT_SOURCE_ROUTE');
  reportOption(context, 16, packet, cast, arrival, nowMs);
  return outcome;
}

/** The next hop of a strict source route is not on a link of ours (RFC 1812 5.2.7.1). */
function sourceRouteFailed(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: LinkArrival,
  nowMs: number,
): NetworkDrop {
  const outcome = drop(context, 'strata/STRICT_SOURCE_ROUTE');
  sendUnreachable(context, ICMP_SOURCE_ROUTE_FAILED, offenderOf(packet, arrival), nowMs);
  return outcome;
}

/** RFC 1812 5.3.1: a packet whose TTL would become 0 is discarded, and its sender told. */
function ttlExceeded(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: LinkArrival,
  nowMs: number,
): NetworkDrop {
  const outcome = drop(context, 'strata/TTL_EXCEEDED');
  sendTimeExceeded(context, ICMP_TTL_EXCEEDED, offenderOf(packet, arrival), nowMs);
  return outcome;
}

/** RFC 1191 4: the sender learns the MTU of the next link. Of a super-segment it is told once. */
function tooBig(
  context: NetworkContext,
  packet: Ipv4Packet,
  mtu: number,
  arrival: LinkArrival,
  nowMs: number,
): NetworkDrop {
  const outcome = drop(context, 'PKT_TOO_BIG');
  sendFragmentationNeeded(context, mtu, offenderOf(packet, arrival), nowMs);
  return outcome;
}
