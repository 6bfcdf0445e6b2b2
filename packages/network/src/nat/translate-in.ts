/** Translation of destinations, before a packet is routed (Linux's PREROUTING). */
import type { LinkPacketIndication } from '@strata/link';
import {
  IcmpMessage,
  type Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
  rewriteDestination,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { addFragment } from '../fragments/reassembly.ts';
import type { LinkArrival } from '../input/arrival.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { keepAlive, noFlags } from './lifetime.ts';
import type { NatState } from './nat-state.ts';
import { translateErrorIn } from './translate-error.ts';
import type { Translation } from './translation.ts';
import { inverse, isSameEndpoint, type Tuple, tupleOf } from './tuple.ts';

/** A packet behind the translation of its destination. */
export interface TranslatedIn {
  readonly packet: Ipv4Packet;
  readonly arrival: LinkArrival;
}

/**
 * Gives a packet of a translated flow the destination that it has behind this router, in place.
 * Fragments wait until their datagram is whole, as for Linux's nf_defrag_ipv4: only the first has
 * ports.
 */
export function translateIn(
  context: NetworkContext,
  nat: NatState,
  packet: Ipv4Packet,
  indication: LinkPacketIndication,
  nowMs: number,
): TranslatedIn | NetworkOutcome {
  if (!packet.isFragment) return translate(context, nat, packet, indication, nowMs);
  const cast = context.interfaces.addressTypeOf(packet.destination);
  const whole = addFragment(context, packet, cast, indication, nowMs);
  if (typeof whole === 'string') return whole;
  const { segmentSize, checksum, trace } = whole;
  const bytes = whole.packet.bytes;
  const arrival = { ...indication, packet: bytes, headroomOctets: 0, segmentSize, checksum, trace };
  return translate(context, nat, whole.packet, arrival, nowMs);
}

function translate(
  context: NetworkContext,
  nat: NatState,
  packet: Ipv4Packet,
  indication: LinkPacketIndication,
  nowMs: number,
): TranslatedIn {
  const translation = isIcmpError(packet)
    ? translateErrorIn(nat, packet, nowMs)
    : translateFlow(context, nat, packet, indication, nowMs);
  return {
    packet,
    arrival: translation === undefined ? indication : { ...indication, translation },
  };
}

function isIcmpError(packet: Ipv4Packet): boolean {
  if (packet.protocol !== PROTOCOL_ICMP) return false;
  const message = IcmpMessage.parse(packet.payload);
  return !isParseError(message) && message.isError;
}

function translateFlow(
  context: NetworkContext,
  nat: NatState,
  packet: Ipv4Packet,
  { interfaceIndex, checksum }: LinkPacketIndication,
  nowMs: number,
): Translation | undefined {
  const tuple = tupleOf(packet);
  if (tuple === undefined) return undefined;
  const known = nat.flows.find(tuple, nowMs);
  const translation: Translation | undefined =
    known === undefined
      ? forwardPort(context, nat, tuple, interfaceIndex)
      : { match: known, isNew: false, isError: false };
  if (translation === undefined) return undefined;
  const { match } = translation;
  keepAlive(match, packet, nowMs);
  const { flow, isReply } = match;
  const target = (isReply ? flow.original : flow.reply).source;
  if (!isSameEndpoint(target, tuple.destination))
    rewriteDestination(packet.bytes, target, checksum);
  return translation;
}

/** A new flow to a port that the config forwards. */
function forwardPort(
  { interfaces }: NetworkContext,
  { config }: NatState,
  tuple: Tuple,
  interfaceIndex: number,
): Translation | undefined {
  const { protocol, destination } = tuple;
  const rule = config.portForwards.find(
    (one) =>
      one.inIndex === interfaceIndex &&
      one.protocol === protocol &&
      one.port === destination.port &&
      interfaces.ownerOf(destination.address)?.index === interfaceIndex,
  );
  if (rule === undefined) return undefined;
  const reply: Tuple = { ...inverse(tuple), source: rule.to };
  const flow = {
    original: tuple,
    reply,
    expiresAtMs: 0,
    hasReply: false,
    tcp: noFlags(protocol),
  };
  return { match: { flow, isReply: false }, isNew: true, isError: false };
}
