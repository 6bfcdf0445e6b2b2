import type { AddressType, IpAddress, Ipv4Packet } from '@strata/wire';
import type { InterfaceConfig } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { isUp } from '../interfaces.ts';
import { hopForForwarded } from '../routing/multipath.ts';
import { type NoPath, refusalOf } from '../routing/paths.ts';

/** The way that a forwarded packet takes. */
export interface ForwardPath {
  readonly interface: InterfaceConfig;
  readonly cast: AddressType;
  /** The next host on the link: the destination itself or a gateway. */
  readonly nextHop: IpAddress;
  /** The address that the route prefers for us. Undefined: none. */
  readonly source: IpAddress | undefined;
  /** Octets of the largest packet. */
  readonly mtu: number;
}

/**
 * The way to `destination` for a packet of another host: its own, or the next one of its source
 * route. The path MTU that others reported counts
 * only with `ip_forward_use_pmtu`: anybody can send such a report, and the sender of the packet
 * finds the path MTU by itself.
 */
export function findForwardPath(
  context: NetworkContext,
  packet: Ipv4Packet,
  destination: IpAddress,
  cast: AddressType,
  nowMs: number,
): ForwardPath | NoPath {
  const { exceptions, interfaces, routes, sysctl } = context;
  if (cast !== 'unicast') return directedBroadcastPath(context, destination);
  const route = routes.lookup(destination);
  if (route === undefined) return 'no route';
  if (route.kind !== 'unicast') return refusalOf(route.kind);
  const hop = hopForForwarded(context, route, packet, destination);
  const by = hop && interfaces.byIndex(hop.interfaceIndex);
  if (by === undefined || !isUp(by)) return 'no route';
  const exception = exceptions.find(destination, nowMs);
  const nextHop = exception?.gateway ?? hop?.via ?? destination;
  let mtu = route.mtu === 0 ? by.mtu : Math.min(by.mtu, route.mtu);
  if (exception !== undefined && exception.mtu !== 0) {
    if (sysctl.ip_forward_use_pmtu !== 0 || exception.isLocked) mtu = Math.min(mtu, exception.mtu);
  }
  return { interface: by, cast, nextHop, source: route.source, mtu };
}

/** To all hosts of one of our other links (RFC 1812 5.3.5.2). */
function directedBroadcastPath(
  { interfaces }: NetworkContext,
  destination: IpAddress,
): ForwardPath | NoPath {
  const by = interfaces.broadcastOwnerOf(destination);
  if (by === undefined) return 'no route';
  const { mtu } = by;
  return { interface: by, cast: 'broadcast', nextHop: destination, source: undefined, mtu };
}
