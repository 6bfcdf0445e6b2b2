import {
  BROADCAST_MAC,
  ETHERTYPE_IPV4,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  joinTail,
  type MacAddress,
  multicastMac,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { LinkContext } from './context.ts';
import type { LinkInterface } from './interface/interface.ts';
import { hasMac } from './neighbour/neighbour.ts';
import { dropRequest } from './outcomes.ts';
import type { LinkRequest } from './pdu.ts';

/** Sends a packet of network, or lets it wait for the address of its next hop. */
export function sendRequest(context: LinkContext, request: LinkRequest, nowMs: number): void {
  const { interfaces, report, transmitter } = context;
  const link = interfaces.get(request.interfaceIndex);
  if (link === undefined) return dropRequest(report, link, request, 'strata/NO_INTERFACE');
  if (!link.isUp) return refuse(context, request, 'DEV_READY');
  if (interfaces.hasUnusable && interfaces.isUnusable(sourceOf(request))) {
    return refuse(context, request, 'strata/ADDRESS_UNUSABLE');
  }
  const destination = destinationOf(context, link, request, nowMs);
  if (destination !== undefined) transmitter.send(link, request, destination);
}

/** The MAC address to send to. Undefined: the packet waits, or was dropped. */
function destinationOf(
  context: LinkContext,
  link: LinkInterface,
  request: LinkRequest,
  nowMs: number,
): MacAddress | undefined {
  switch (request.cast) {
    case 'broadcast':
      return BROADCAST_MAC;
    case 'multicast':
      return multicastMac(request.nextHop);
    case 'unicast': {
      if (link.arp) return context.neighbours.resolve(request, nowMs);
      const neighbour = context.neighbours.get(link.index, request.nextHop);
      if (neighbour !== undefined && hasMac(neighbour.state)) return neighbour.mac;
      refuse(context, request, 'NEIGH_FAILED');
      return undefined;
    }
  }
}

/** Drops a packet that cannot be sent, and tells network. */
export function refuse(
  { interfaces, report, indications, allocate }: LinkContext,
  request: LinkRequest,
  reason: Parameters<typeof dropRequest>[3],
): void {
  const { interfaceIndex, nextHop, isForwarded } = request;
  dropRequest(report, interfaces.get(interfaceIndex), request, reason);
  const packet = joinTail(request.packet, request.tail, allocate);
  indications.push({ kind: 'unreachable', interfaceIndex, nextHop, packet, isForwarded });
}

/** The source address of an IPv4 packet of ours; 0.0.0.0 if it is none. */
function sourceOf({ packet: bytes, etherType, isForwarded }: LinkRequest): IpAddress {
  if (etherType !== ETHERTYPE_IPV4 || isForwarded) return UNSPECIFIED_IPV4;
  const packet = Ipv4Packet.parse(bytes);
  return isParseError(packet) ? UNSPECIFIED_IPV4 : packet.source;
}
