import type { IpAddress, Ipv4Packet } from '@strata/wire';
import type { InterfaceConfig } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { isUp } from '../interfaces.ts';
import { type NoPath, refusalOf } from '../routing/paths.ts';
import type { Route } from '../routing/route.ts';

/** The way that a forwarded packet takes. */
export interface ForwardPath {
  readonly interface: InterfaceConfig;
  readonly route: Route;
  /** The next host on the link: the destination itself or a gateway. */
  readonly nextHop: IpAddress;
  /** Octets of the largest packet. */
  readonly mtu: number;
}

/**
 * The way to the destination of a packet for another host. The path MTU that others reported counts
 * only with `ip_forward_use_pmtu`: anybody can send such a report, and the sender of the packet
 * finds the path MTU by itself.
 */
export function findForwardPath(
  context: NetworkContext,
  packet: Ipv4Packet,
  nowMs: number,
): ForwardPath | NoPath {
  const { destination } = packet;
  const { exceptions, interfaces, routes, sysctl } = context;
  const route = routes.lookup(destination);
  if (route === undefined) return 'no route';
  if (route.kind !== 'unicast') return refusalOf(route.kind);
  const by = interfaces.byIndex(route.interfaceIndex);
  if (by === undefined || !isUp(by)) return 'no route';
  const exception = exceptions.find(destination, nowMs);
  const nextHop = exception?.gateway ?? route.via ?? destination;
  let mtu = route.mtu === 0 ? by.mtu : Math.min(by.mtu, route.mtu);
  if (exception !== undefined && exception.mtu !== 0) {
    if (sysctl.ip_forward_use_pmtu !== 0 || exception.isLocked) mtu = Math.min(mtu, exception.mtu);
  }
  return { interface: by, route, nextHop, mtu };
}
