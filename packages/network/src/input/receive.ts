import type { LinkPacketIndication } from '@strata/link';
import {
  ETHERTYPE_IPV4,
  IPV4_MIN_HEADER_OCTETS,
  Ipv4Packet,
  isParseError,
  knobsOf,
} from '@strata/wire';
import type { LoopbackPacket, NetworkContext } from '../context.ts';
import { forward } from '../forward/forward.ts';
import { followSourceRoute } from '../forward/source-routed.ts';
import { translateIn } from '../nat/translate-in.ts';
import { drop } from '../outcomes.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import { classify } from './address-check.ts';
import type { Arrival, LinkArrival } from './arrival.ts';
import { checkHeader } from './header-check.ts';
import { deliver } from './local-deliver.ts';
import { isMartian } from './martian.ts';
import { refuseOptions } from './option-check.ts';

/** Handles a packet from the link: header checks, addresses, options (RFC 1122 3.2.1). */
export function handlePacket(
  context: NetworkContext,
  indication: LinkPacketIndication,
  nowMs: number,
): NetworkOutcome {
  const { interfaces } = context;
  if (interfaces.byIndex(indication.interfaceIndex) === undefined) {
    return drop(context, 'strata/NO_INTERFACE');
  }
  if (indication.etherType !== ETHERTYPE_IPV4) return drop(context, 'UNHANDLED_PROTO');
  const checked = checkHeader(context, indication.packet);
  if (!(checked instanceof Ipv4Packet)) return checked;
  if (context.nat === undefined) return route(context, checked, indication, nowMs);
  const translated = translateIn(context, context.nat, checked, indication, nowMs);
  if (typeof translated === 'string') return translated;
  return route(context, translated.packet, translated.arrival, nowMs);
}

/** Decides by its destination where a packet goes: here, or on to another host. */
function route(
  context: NetworkContext,
  packet: Ipv4Packet,
  indication: LinkArrival,
  nowMs: number,
): NetworkOutcome {
  const { interfaces } = context;
  const ipCast = interfaces.addressTypeOf(packet.destination);
  const { cast: linkCast, interfaceIndex } = indication;
  const verdict = classify(context, packet, ipCast, linkCast, interfaceIndex);
  if (verdict === 'forward') {
    return forward(context, packet, ipCast, packet.destination, undefined, indication, nowMs);
  }
  if (verdict !== 'deliver') {
    if (isMartian(verdict)) noteMartian(context, packet, indication, verdict, nowMs);
    return verdict;
  }
  const cast = ipCast === 'unicast' ? linkCast : ipCast;
  if (packet.headerOctets > IPV4_MIN_HEADER_OCTETS) {
    const refused = refuseOptions(context, packet, cast, indication, nowMs);
    if (refused !== undefined) return refused;
    const onward = followSourceRoute(context, packet, indication, nowMs);
    if (onward !== undefined) return onward;
  }
  return deliver(context, packet, cast, indication, nowMs);
}

function noteMartian(
  { conf, martians }: NetworkContext,
  { source, destination }: Ipv4Packet,
  { interfaceIndex, sourceMac }: LinkPacketIndication,
  reason: NetworkDrop,
  nowMs: number,
): void {
  if (knobsOf(conf, interfaceIndex).log_martians === 0) return;
  martians.add({ reason, source, destination, interfaceIndex, sourceMac }, nowMs);
}

/** Handles a packet that the stack sent to itself. Its header needs no checks. */
export function handleLoopback(
  context: NetworkContext,
  looped: LoopbackPacket,
  nowMs: number,
): NetworkOutcome {
  const { counters } = context;
  counters.IpInReceives += 1;
  counters.IpExtInOctets += looped.packet.byteLength;
  const packet = Ipv4Packet.parse(looped.packet);
  if (isParseError(packet)) return drop(context, 'IP_INHDR');
  // A looped packet cannot be corrupted on the way (RFC 1071 is about wires), and nobody would
  // complete a partial checksum.
  const arrival: Arrival =
    looped.checksum === 'partial' ? { ...looped, checksum: 'verified' } : looped;
  return deliver(context, packet, looped.cast, arrival, nowMs);
}
