import type { LinkPacketIndication } from '@strata/link';
import { Ipv4Packet, isParseError, knobsOf } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendRedirect } from '../icmp/icmp-errors.ts';
import { asOnWire } from '../input/as-on-wire.ts';
import { shareSubnet } from '../interfaces.ts';
import type { ForwardPath } from './forward-path.ts';

/**
 * Tells the sender of a packet that goes back to its link that it can send to the next hop directly
 * (RFC 1812 5.2.7.2). The sender must be a neighbour.
 */
export function redirectSender(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  arrival: LinkPacketIndication,
  nowMs: number,
): void {
  const { cast, interfaceIndex, trace } = arrival;
  const conf = knobsOf(context.conf, interfaceIndex);
  const { source } = packet;
  if (conf.send_redirects === 0) return;
  if (!context.interfaces.isNeighbour(source, path.interface)) return;
  if (conf.shared_media === 0 && !shareSubnet(path.interface, source, path.nextHop)) return;
  if (!context.icmpLimit.takeRedirect(source, nowMs)) return;
  // The packet itself goes on, so the quote is made of a copy.
  const copy = Ipv4Packet.parse(packet.bytes.slice());
  if (isParseError(copy)) return;
  const offender = { packet: asOnWire(copy, arrival), cast, interfaceIndex, trace };
  sendRedirect(context, path.nextHop, offender, nowMs);
}
