import {
  type AddressType,
  type IpAddress,
  type Ipv4Packet,
  isHostAddress,
  isLoopbackIpv4,
  isThisNetwork,
  isUnspecified,
  knobsOf,
  LIMITED_BROADCAST_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Interfaces } from '../interfaces.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';

/** What to do with a packet whose header is right. */
type Verdict = 'deliver' | 'forward' | NetworkOutcome;

/**
 * Decides by its addresses whether a packet from the link is for this stack, or for another host
 * (RFC 1812 5.2.3).
 */
export function classify(
  context: NetworkContext,
  packet: Ipv4Packet,
  ipCast: AddressType,
  linkCast: AddressType,
  interfaceIndex: number,
): Verdict {
  const { counters, interfaces, conf } = context;
  const { source, destination } = packet;
  if (!isGoodSource(interfaces, source, destination)) return drop(context, 'IP_INVALID_SOURCE');
  if (isLoopbackIpv4(destination) || isThisNetwork(destination)) {
    return drop(context, 'IP_INVALID_DEST');
  }
  switch (ipCast) {
    case 'broadcast':
      counters.IpExtInBcastPkts += 1;
      return 'deliver';
    case 'multicast':
      if (!interfaces.isMember(destination)) return drop(context, 'strata/NOT_A_MEMBER');
      counters.IpExtInMcastPkts += 1;
      return 'deliver';
    case 'unicast':
      if (!interfaces.isOwn(destination)) {
        if (knobsOf(conf, interfaceIndex).forwarding === 0) return drop(context, 'IP_INADDRERRORS');
        // RFC 1812 5.3.7: 240.0.0.0/4 is nobody's.
        return isHostAddress(destination) ? 'forward' : drop(context, 'IP_INVALID_DEST');
      }
      if (linkCast === 'unicast') return 'deliver';
      return knobsOf(conf, interfaceIndex).drop_unicast_in_l2_multicast !== 0
        ? drop(context, 'UNICAST_IN_L2_MULTICAST')
        : 'deliver';
  }
}

/**
 * RFC 1122 3.2.1.3: a source is the address of one other host. 0.0.0.0 is valid only from a host
 * that does not know its address yet.
 */
function isGoodSource(interfaces: Interfaces, source: IpAddress, destination: IpAddress): boolean {
  if (isUnspecified(source)) return destination === LIMITED_BROADCAST_IPV4;
  return (
    isHostAddress(source) &&
    !interfaces.isOwn(source) &&
    interfaces.addressTypeOf(source) === 'unicast'
  );
}
