import {
  type AddressType,
  type IpAddress,
  type Ipv4Packet,
  isHostAddress,
  isLoopbackIpv4,
  isThisNetwork,
  knobsOf,
  LIMITED_BROADCAST_IPV4,
  PROTOCOL_IGMP,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { isJoined, isWanted } from '../igmp/wanted.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import type { NetworkConf } from '../sysctl.ts';
import { sourceFault } from './source-check.ts';

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
  const { counters, interfaces } = context;
  const conf = knobsOf(context.conf, interfaceIndex);
  const { destination } = packet;
  const fault = sourceFault(context, conf, packet, interfaceIndex);
  if (fault !== undefined) return drop(context, fault);
  if (isThisNetwork(destination) || (isLoopbackIpv4(destination) && conf.route_localnet === 0)) {
    return drop(context, 'IP_INVALID_DEST');
  }
  switch (ipCast) {
    case 'broadcast':
      counters.IpExtInBcastPkts += 1;
      return isForAnotherLink(context, conf, destination, linkCast, interfaceIndex)
        ? 'forward'
        : 'deliver';
    case 'multicast':
      if (!isWantedPacket(context, packet, interfaceIndex)) {
        return drop(context, 'strata/NOT_A_MEMBER');
      }
      counters.IpExtInMcastPkts += 1;
      return 'deliver';
    case 'unicast':
      if (!interfaces.isOwn(destination)) {
        if (conf.forwarding === 0) return drop(context, 'IP_INADDRERRORS');
        // RFC 1812 5.3.7: 240.0.0.0/4 is nobody's.
        return isHostAddress(destination) ? 'forward' : drop(context, 'IP_INVALID_DEST');
      }
      if (linkCast === 'unicast') return 'deliver';
      return conf.drop_unicast_in_l2_multicast !== 0
        ? drop(context, 'UNICAST_IN_L2_MULTICAST')
        : 'deliver';
  }
}

/** IGMP is for all members, whatever sources they want (Linux's ip_check_mc_rcu()). */
function isWantedPacket(
  context: NetworkContext,
  { source, destination, protocol }: Ipv4Packet,
  interfaceIndex: number,
): boolean {
  return protocol === PROTOCOL_IGMP
    ? isJoined(context, interfaceIndex, destination)
    : isWanted(context, interfaceIndex, destination, source);
}

/**
 * Whether a broadcast is to be forwarded: it is directed to the subnet of another link, and the
 * router may (RFC 1812 5.3.5.2; RFC 2644: by default it may not).
 */
function isForAnotherLink(
  { interfaces }: NetworkContext,
  conf: NetworkConf,
  destination: IpAddress,
  linkCast: AddressType,
  interfaceIndex: number,
): boolean {
  if (conf.bc_forwarding === 0 || conf.forwarding === 0) return false;
  if (destination === LIMITED_BROADCAST_IPV4 || linkCast !== 'unicast') return false;
  return interfaces.broadcastOwnerOf(destination)?.index !== interfaceIndex;
}
