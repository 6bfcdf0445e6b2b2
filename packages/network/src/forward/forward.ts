import type { LinkPacketIndication } from '@strata/link';
import {
  decrementTtl,
  ICMP_TTL_EXCEEDED,
  IPV4_MIN_HEADER_OCTETS,
  type Ipv4Packet,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendFragmentationNeeded, sendTimeExceeded } from '../icmp/icmp-errors.ts';
import { asOnWire } from '../input/as-on-wire.ts';
import { refuseOptions } from '../input/option-check.ts';
import { drop } from '../outcomes.ts';
import { largestPacketOctets } from '../output/cut-size.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import { findForwardPath } from './forward-path.ts';
import { refuseByRoute } from './no-route.ts';
import { recordThisRouter } from './record-options.ts';
import { sendInPieces, sendWhole } from './send-forwarded.ts';

/**
 * Forwards a packet for another host, as Linux's ip_forward() does (RFC 1812 5.2.1): route,
 * options, TTL, MTU. The packet's header is right and its addresses are those of hosts. Its header
 * is changed in place, its payload is not touched.
 */
export function forward(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: LinkPacketIndication,
  nowMs: number,
): NetworkOutcome {
  // RFC 1812 5.3.4: or a broadcast would multiply.
  if (arrival.cast !== 'unicast') return drop(context, 'strata/LINK_BROADCAST');
  const path = findForwardPath(context, packet, nowMs);
  if (typeof path === 'string') return refuseByRoute(context, path, packet, arrival, nowMs);
  const hasOptions = packet.headerOctets > IPV4_MIN_HEADER_OCTETS;
  if (hasOptions) {
    const refused = refuseOptions(context, packet, 'unicast', arrival, nowMs);
    if (refused !== undefined) return refused;
  }
  if (packet.ttl <= 1) return ttlExceeded(context, packet, arrival, nowMs);
  context.counters.IpForwDatagrams += 1;
  const isWhole = largestPacketOctets(packet, arrival.segmentSize) <= path.mtu;
  if (!isWhole && packet.dontFragment) return tooBig(context, packet, path.mtu, arrival, nowMs);
  decrementTtl(packet.bytes);
  if (hasOptions) recordThisRouter(context, packet, path, nowMs);
  return isWhole
    ? sendWhole(context, packet, path, arrival)
    : sendInPieces(context, packet, path, arrival);
}

/** RFC 1812 5.3.1: a packet whose TTL would become 0 is discarded, and its sender told. */
function ttlExceeded(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: LinkPacketIndication,
  nowMs: number,
): NetworkDrop {
  const outcome = drop(context, 'strata/TTL_EXCEEDED');
  const { cast, trace } = arrival;
  const offender = { packet: asOnWire(packet, arrival), cast, trace };
  sendTimeExceeded(context, ICMP_TTL_EXCEEDED, offender, nowMs);
  return outcome;
}

/** RFC 1191 4: the sender learns the MTU of the next link. Of a super-segment it is told once. */
function tooBig(
  context: NetworkContext,
  packet: Ipv4Packet,
  mtu: number,
  arrival: LinkPacketIndication,
  nowMs: number,
): NetworkDrop {
  const outcome = drop(context, 'PKT_TOO_BIG');
  const { cast, trace } = arrival;
  const offender = { packet: asOnWire(packet, arrival), cast, trace };
  sendFragmentationNeeded(context, mtu, offender, nowMs);
  return outcome;
}
