/** The ARP packets that link sends, and their sender addresses. */
import {
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  type Arp,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  emitArp,
  HEADROOM_OCTETS,
  type IpAddress,
  Ipv4Packet,
  inPrefix,
  isParseError,
  type MacAddress,
  type Reason,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkInterface } from '../interface/interface.ts';
import type { Neighbour } from '../neighbour/neighbour.ts';

/** Asks for a neighbour's MAC address: by unicast to the known one, or by broadcast. */
export function solicit(
  context: LinkContext,
  link: LinkInterface,
  neighbour: Neighbour,
  isUnicast: boolean,
): void {
  const { address, mac } = neighbour;
  sendRequest(context, link, 'strata/NEIGH_SOLICIT', isUnicast ? mac : BROADCAST_MAC, {
    senderAddress: senderFor(context, link, neighbour),
    targetAddress: address,
    targetMac: isUnicast ? mac : 0,
  });
}

/** Sends gratuitous ARP for an address of ours (RFC 5227 2.3, `arp_notify`). */
export function announce(
  context: LinkContext,
  link: LinkInterface,
  address: IpAddress,
  reason: 'strata/ARP_ANNOUNCE' | 'strata/ARP_DEFEND' = 'strata/ARP_ANNOUNCE',
): void {
  sendRequest(context, link, reason, BROADCAST_MAC, {
    senderAddress: address,
    targetAddress: address,
    targetMac: 0,
  });
}

/**
 * Asks whether another station has the address. The sender address is 0: nobody may learn one that
 * is not ours yet (RFC 5227 2.1.1).
 */
export function probe(context: LinkContext, link: LinkInterface, address: IpAddress): void {
  sendRequest(context, link, 'strata/ARP_PROBING', BROADCAST_MAC, {
    senderAddress: UNSPECIFIED_IPV4,
    targetAddress: address,
    targetMac: 0,
  });
}

/** Answers a request with our MAC address. */
export function reply(context: LinkContext, link: LinkInterface, request: Arp): void {
  context.report.counters.arp_replies_sent += 1;
  send(context, link, request.senderMac, {
    operation: ARP_REPLY,
    senderMac: link.mac,
    senderAddress: request.targetAddress,
    targetMac: request.senderMac,
    targetAddress: request.senderAddress,
  });
}

/**
 * The sender address of a request, as `arp_announce` has it. 0: the source of the packet that
 * waits, if it is ours. 1: that source, if it is in a network of the interface that the target is
 * in too. 2, or if the source does not do: an address of the interface in the target's network,
 * else its first one, else one of another interface.
 */
function senderFor(
  { interfaces }: LinkContext,
  link: LinkInterface,
  { address: target, waiting }: Neighbour,
): IpAddress {
  const level = link.conf.arp_announce;
  const source = level < 2 ? sourceOf(waiting[0]) : undefined;
  if (source !== undefined && interfaces.isOwn(source)) {
    const isKnown = link.addresses.some(
      ({ address, prefixLength }) =>
        inPrefix(target, address, prefixLength) && inPrefix(source, address, prefixLength),
    );
    if (level === 0 || isKnown) return source;
  }
  return link.addressTowards(target) ?? interfaces.anyAddress() ?? UNSPECIFIED_IPV4;
}

function sourceOf(request: Neighbour['waiting'][number] | undefined): IpAddress | undefined {
  if (request === undefined || request.etherType !== ETHERTYPE_IPV4) return undefined;
  const packet = Ipv4Packet.parse(request.packet);
  return isParseError(packet) ? undefined : packet.source;
}

function sendRequest(
  context: LinkContext,
  link: LinkInterface,
  reason: Reason,
  destination: MacAddress,
  fields: Pick<Arp, 'senderAddress' | 'targetAddress' | 'targetMac'>,
): void {
  const { counters, outcomes } = context.report;
  if (outcomes.isOn) outcomes.purpose('emitted', reason);
  counters.arp_requests_sent += 1;
  send(context, link, destination, { operation: ARP_REQUEST, senderMac: link.mac, ...fields });
}

function send(
  { allocate, transmitter }: LinkContext,
  link: LinkInterface,
  destination: MacAddress,
  arp: Arp,
): void {
  const packet = allocate(ARP_OCTETS);
  emitArp(packet, arp);
  transmitter.send(
    link,
    {
      interfaceIndex: link.index,
      etherType: ETHERTYPE_ARP,
      cast: destination === BROADCAST_MAC ? 'broadcast' : 'unicast',
      nextHop: arp.targetAddress,
      packet,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace: undefined,
    },
    destination,
  );
}
