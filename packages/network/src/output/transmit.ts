import type { LinkRequest } from '@strata/link';
import { readIpv4 } from '@strata/wire';
import type { LoopbackPacket, NetworkContext } from '../context.ts';
import { isWanted } from '../igmp/wanted.ts';
import type { NetworkSendRequest } from '../pdu.ts';
import type { NetworkDone } from '../reasons.ts';
import type { Path } from '../routing/paths.ts';

/** Hands a packet to link, and counts it. */
export function transmit(context: NetworkContext, totalOctets: number, request: LinkRequest): void {
  const { counters, toLink } = context;
  counters.IpOutTransmits += 1;
  counters.IpExtOutOctets += totalOctets;
  if (request.cast === 'broadcast') counters.IpExtOutBcastPkts += 1;
  else if (request.cast === 'multicast') counters.IpExtOutMcastPkts += 1;
  toLink.push(request);
}

/** Reports to an observer that a packet is sent. */
export function noteSent(
  context: NetworkContext,
  pdu: LinkRequest | LoopbackPacket,
  reason: NetworkDone,
): NetworkDone {
  const { outcomes } = context;
  if (outcomes.isOn) outcomes.emitted(pdu, reason);
  return reason;
}

/**
 * A member of a group that sends to it also gets a copy (RFC 1112 6.1). Broadcasts are copied
 * too, as Linux's ip_mc_output() does.
 */
export function loopCopy(
  context: NetworkContext,
  packet: Uint8Array,
  request: NetworkSendRequest,
  path: Path,
): void {
  const { loopback } = context;
  const { index } = path.interface;
  if (request.noLoop === true) return;
  if (
    path.cast === 'multicast' &&
    !isWanted(context, index, request.destination, readIpv4(packet, 12))
  ) {
    return;
  }
  const { segmentSize, checksum, trace } = request;
  loopback.push({
    packet: packet.slice(),
    interfaceIndex: index,
    cast: path.cast,
    segmentSize,
    checksum,
    trace,
  });
}
