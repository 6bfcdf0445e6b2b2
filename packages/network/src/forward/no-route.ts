import {
  ICMP_ADMINISTRATIVELY_PROHIBITED,
  ICMP_HOST_UNREACHABLE,
  ICMP_NET_UNREACHABLE,
  ICMP_SOURCE_ROUTE_FAILED,
  type Ipv4Packet,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendUnreachable } from '../icmp/icmp-errors.ts';
import type { LinkArrival } from '../input/arrival.ts';
import { offenderOf } from '../input/as-on-wire.ts';
import { drop, dropOf } from '../outcomes.ts';
import type { NetworkDrop } from '../reasons.ts';
import type { NoPath } from '../routing/paths.ts';

interface Refusal {
  readonly reason: NetworkDrop;
  /** The code of destination unreachable (RFC 1812 5.2.7.1). Undefined: the sender is not told. */
  readonly code: number | undefined;
}

const REFUSALS: Readonly<Record<NoPath, Refusal>> = {
  'no route': { reason: 'IP_INNOROUTES', code: ICMP_NET_UNREACHABLE },
  unreachable: { reason: 'strata/ROUTE_UNREACHABLE', code: ICMP_HOST_UNREACHABLE },
  prohibit: { reason: 'strata/ROUTE_PROHIBITED', code: ICMP_ADMINISTRATIVELY_PROHIBITED },
  blackhole: { reason: 'strata/ROUTE_BLACKHOLE', code: undefined },
};

/**
 * Drops a packet that no route takes on, and tells its sender, as Linux's ip_error() does. To the
 * next hop of a source route there is only one code (RFC 1812 5.2.7.1).
 *
 * @param isSourceRouted whether the packet was to go to the next hop of its source route
 */
export function refuseByRoute(
  context: NetworkContext,
  why: NoPath,
  packet: Ipv4Packet,
  isSourceRouted: boolean,
  arrival: LinkArrival,
  nowMs: number,
): NetworkDrop {
  const { reason, code } = REFUSALS[why];
  drop(context, reason);
  if (code === undefined) return reason;
  if (!context.icmpLimit.takeRouteError(packet.source, nowMs)) {
    dropOf(context, undefined, 'strata/ICMP_RATE_LIMIT_HOST');
    return reason;
  }
  const told = isSourceRouted ? ICMP_SOURCE_ROUTE_FAILED : code;
  sendUnreachable(context, told, offenderOf(packet, arrival), nowMs);
  return reason;
}
