/** Translation of sources, after a packet is routed (Linux's POSTROUTING). */
import {
  type Endpoint,
  emitIpv4Checksum,
  type IpAddress,
  type Ipv4Packet,
  inPrefix,
  PROTOCOL_ICMP,
  rewriteSource,
  setSource,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { ForwardPath } from '../forward/forward-path.ts';
import type { LinkArrival } from '../input/arrival.ts';
import { drop } from '../outcomes.ts';
import type { NetworkDrop } from '../reasons.ts';
import { keepAlive, noFlags } from './lifetime.ts';
import { MAX_FLOWS, type Masquerade, NAT_PORTS } from './nat-config.ts';
import { type NatState, planSweep } from './nat-state.ts';
import type { Translation } from './translation.ts';
import { inverse, isSameEndpoint, type Tuple, tupleOf } from './tuple.ts';

const RST = 0x04;
const MAX_IDENTIFIER = 65_535;

/**
 * Gives a packet that is forwarded the source that its flow has on that side, in place. Returns why
 * the packet is dropped; undefined: it goes on.
 */
export function translateOut(
  context: NetworkContext,
  nat: NatState,
  packet: Ipv4Packet,
  path: ForwardPath,
  { translation, checksum }: LinkArrival,
  nowMs: number,
): NetworkDrop | undefined {
  if (translation?.isError) translateErrorOut(packet, translation);
  else if (translation !== undefined && !translation.isNew) {
    const { flow, isReply } = translation.match;
    const source = (isReply ? flow.original : flow.reply).destination;
    rewriteSource(packet.bytes, source, checksum);
  } else return startFlow(context, nat, packet, path, translation, checksum, nowMs);
  return undefined;
}

/** The reporter is hidden where the flow's own end is (Linux's nf_nat_icmp_reply_translation()). */
function translateErrorOut({ bytes }: Ipv4Packet, { match }: Translation): void {
  const { flow, isReply } = match;
  const hidden = isReply ? flow.reply.source : flow.original.source;
  const shown = isReply ? flow.original.destination : flow.reply.destination;
  if (isSameEndpoint(hidden, shown)) return;
  setSource(bytes, shown.address);
  emitIpv4Checksum(bytes);
}

function startFlow(
  context: NetworkContext,
  nat: NatState,
  packet: Ipv4Packet,
  path: ForwardPath,
  translation: Translation | undefined,
  checksum: LinkArrival['checksum'],
  nowMs: number,
): NetworkDrop | undefined {
  const tuple = tupleOf(packet);
  if (tuple === undefined || !opens(packet, tuple)) return undefined;
  const rule = ruleFor(nat, path.interface.index, tuple.source.address);
  const address = rule && (rule.to ?? context.interfaces.sourceOn(path.interface, path.nextHop));
  if (address === undefined && translation === undefined) return undefined;
  const source = address === undefined ? tuple.source : chooseSource(context, nat, tuple, address);
  const isFull = nat.flows.size >= (nat.config.maxFlows ?? MAX_FLOWS);
  if (isFull || source === undefined) return drop(context, 'strata/NAT_FULL');
  const reply: Tuple = { ...inverse(tuple), destination: source };
  // A flow that is not translated at its source may have the tuple already.
  const taken = nat.flows.find(reply, nowMs);
  if (taken !== undefined) nat.flows.remove(taken.flow);
  const flow = translation?.match.flow ?? {
    original: tuple,
    reply,
    expiresAtMs: 0,
    hasReply: false,
    tcp: noFlags(tuple.protocol),
  };
  flow.reply = reply;
  keepAlive({ flow, isReply: false }, packet, nowMs);
  nat.flows.add(flow);
  planSweep(nat, nowMs);
  context.counters.StrataNatFlows += 1;
  if (!isSameEndpoint(source, tuple.source)) rewriteSource(packet.bytes, source, checksum);
  return undefined;
}

/** Whether a packet may start a flow: no RST, and of ICMP queries no answer. */
function opens(packet: Ipv4Packet, { protocol, destination }: Tuple): boolean {
  if (protocol === PROTOCOL_ICMP) return destination.port === 0;
  const flags = noFlags(protocol) === undefined ? 0 : packet.bytes[packet.headerOctets + 13]!;
  return (flags & RST) === 0;
}

function ruleFor(
  { config }: NatState,
  outIndex: number,
  source: IpAddress,
): Masquerade | undefined {
  return config.masquerade.find(
    ({ outIndex: index, from }) =>
      index === outIndex &&
      (from === undefined || inPrefix(source, from.address, from.prefixLength)),
  );
}

/**
 * A port at the address that no other flow to this destination has: from a random place on, so that
 * it cannot be guessed (RFC 6056 3.3.1). An ICMP identifier stays if it is free.
 */
function chooseSource(
  { random }: NetworkContext,
  { config, flows }: NatState,
  tuple: Tuple,
  address: IpAddress,
): Endpoint | undefined {
  const isQuery = tuple.protocol === PROTOCOL_ICMP;
  const [low, high] = isQuery ? [0, MAX_IDENTIFIER] : (config.ports ?? NAT_PORTS);
  const count = high - low + 1;
  const start = isQuery ? tuple.source.port : Math.floor(random() * count);
  for (let tried = 0; tried < count; tried += 1) {
    const destination = { address, port: low + ((start + tried) % count) };
    if (!flows.has({ ...inverse(tuple), destination })) return destination;
  }
  return undefined;
}
