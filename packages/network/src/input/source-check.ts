import {
  type Ipv4Packet,
  isHostAddress,
  isLoopbackIpv4,
  isUnspecified,
  LIMITED_BROADCAST_IPV4,
  PROTOCOL_IGMP,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { NetworkDrop } from '../reasons.ts';
import { isSentOn } from '../routing/route.ts';
import type { NetworkConf } from '../sysctl.ts';

/**
 * What is wrong with the source of a packet from the link, as Linux's fib_validate_source()
 * decides. RFC 1122 3.2.1.3: a source is the address of one other host; 0.0.0.0 is valid only from
 * a host that does not know its address yet. Undefined: nothing.
 */
export function sourceFault(
  { interfaces, routes }: NetworkContext,
  conf: NetworkConf,
  { source, destination, protocol }: Ipv4Packet,
  interfaceIndex: number,
): NetworkDrop | undefined {
  if (isUnspecified(source)) {
    // A switch asks for members of groups without an address (RFC 4541 2.1.1).
    const mayBe = destination === LIMITED_BROADCAST_IPV4 || protocol === PROTOCOL_IGMP;
    return mayBe ? undefined : 'IP_INVALID_SOURCE';
  }
  if (isLoopbackIpv4(source) && conf.route_localnet === 0) return 'IP_INVALID_SOURCE';
  if (!isHostAddress(source) || interfaces.addressTypeOf(source) !== 'unicast') {
    return 'IP_INVALID_SOURCE';
  }
  if (interfaces.isOwn(source)) return conf.accept_local === 0 ? 'IP_LOCAL_SOURCE' : undefined;
  if (conf.rp_filter === 0) return undefined;
  const route = routes.lookup(source);
  if (route === undefined || route.kind !== 'unicast') return 'IP_RPFILTER';
  return conf.rp_filter === 2 || isSentOn(route, interfaceIndex) ? undefined : 'IP_RPFILTER';
}
