import type { LinkPacketIndication } from '@strata/link';
import { type Ipv4Packet, lowerTcpMss, PROTOCOL_TCP } from '@strata/wire';
import type { ClampMss } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import type { ForwardPath } from './forward-path.ts';

/** IPv4 and TCP headers without options: what an MSS leaves out (RFC 6691 2). */
const HEADERS_OCTETS = 40;

/**
 * Lowers the MSS that a forwarded SYN or SYN,ACK announces, if the interface that it comes from or
 * goes to asks for it, as iptables's TCPMSS does. Both ends then send segments that fit, even if
 * the reports of RFC 1191 get lost on the way.
 */
export function clampMss(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  { interfaceIndex, checksum }: LinkPacketIndication,
): void {
  if (packet.protocol !== PROTOCOL_TCP || packet.fragmentOffsetOctets !== 0) return;
  const from = context.interfaces.byIndex(interfaceIndex);
  const clamps = [from?.clampMss, path.interface.clampMss];
  if (clamps.every((clamp) => clamp === undefined)) return;
  // The smaller one counts: the answers come the other way.
  const fits = Math.min(path.mtu, from?.mtu ?? path.mtu) - HEADERS_OCTETS;
  const mss = Math.min(...clamps.map((clamp) => octetsOf(clamp, fits)));
  if (lowerTcpMss(packet.payload, mss, checksum)) context.counters.StrataMssClamped += 1;
}

function octetsOf(clamp: ClampMss | undefined, fits: number): number {
  if (clamp === undefined) return Infinity;
  return clamp === 'path mtu' ? fits : clamp;
}
