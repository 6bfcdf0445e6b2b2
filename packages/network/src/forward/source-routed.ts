import type { LinkPacketIndication } from '@strata/link';
import { type Ipv4Packet, isHostAddress, knobsOf } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { reportOption } from '../input/option-check.ts';
import { nextHopOf, sourceRouteOf } from '../options/source-route.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { forward } from './forward.ts';

/**
 * Sends a packet to us on along its source route, as Linux's ip_options_rcv_srr() does. Undefined:
 * it has none, or the route ends here (RFC 1122 3.2.1.8 (c)). Only a router does it, since a host
 * does not forward (RFC 1122 3.3.5).
 */
export function followSourceRoute(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: LinkPacketIndication,
  nowMs: number,
): NetworkOutcome | undefined {
  const option = sourceRouteOf(packet.options);
  if (option === undefined) return undefined;
  const { interfaces } = context;
  const hop = nextHopOf(option, (address) => interfaces.isOwn(address));
  if (hop === 'arrived') return undefined;
  if (hop === 'bad pointer') {
    const outcome = drop(context, 'strata/IP_OPTION');
    const pointer = option.byteOffset - packet.bytes.byteOffset + 2;
    reportOption(context, pointer, packet, 'unicast', arrival, nowMs);
    return outcome;
  }
  const { nextHop } = hop;
  const isHost = isHostAddress(nextHop) && interfaces.addressTypeOf(nextHop) === 'unicast';
  if (!isHost || knobsOf(context.conf, arrival.interfaceIndex).forwarding === 0) {
    return drop(context, 'strata/SOURCE_ROUTE');
  }
  return forward(context, packet, 'unicast', nextHop, hop, arrival, nowMs);
}
