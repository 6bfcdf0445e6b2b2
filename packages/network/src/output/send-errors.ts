import {
  ICMP_ADMINISTRATIVELY_PROHIBITED,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HOST_UNREACHABLE,
  ICMP_NET_UNREACHABLE,
  type IpAddress,
  LOOPBACK_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { dropOf } from '../outcomes.ts';
import { OWN_QUOTE_OCTETS, ownReporter } from '../own-errors.ts';
import type { NetworkSendRequest } from '../pdu.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import type { NoPath } from '../routing/paths.ts';

const NO_PATH_DROP: Readonly<Record<NoPath, NetworkDrop>> = {
  'no route': 'IP_OUTNOROUTES',
  unreachable: 'strata/ROUTE_UNREACHABLE',
  prohibit: 'strata/ROUTE_PROHIBITED',
  blackhole: 'strata/ROUTE_BLACKHOLE',
};

/** The packet has DF and does not fit into the MTU: drops it and tells its sender. */
export function tooBig(
  context: NetworkContext,
  request: NetworkSendRequest,
  mtu: number,
  from: IpAddress,
): NetworkOutcome {
  report(context, request, from, ICMP_FRAGMENTATION_NEEDED, mtu);
  return dropOf(context, request, 'PKT_TOO_BIG');
}

/** There is no path: drops the packet and tells its sender, unless the route is silent. */
export function noPath(
  context: NetworkContext,
  request: NetworkSendRequest,
  why: NoPath,
): NetworkOutcome {
  switch (why) {
    case 'no route':
      report(context, request, request.source, ICMP_NET_UNREACHABLE, 0);
      break;
    case 'unreachable':
      report(context, request, request.source, ICMP_HOST_UNREACHABLE, 0);
      break;
    case 'prohibit':
      report(context, request, request.source, ICMP_ADMINISTRATIVELY_PROHIBITED, 0);
      break;
    case 'blackhole':
      break;
  }
  return dropOf(context, request, NO_PATH_DROP[why]);
}

function report(
  context: NetworkContext,
  request: NetworkSendRequest,
  source: IpAddress,
  code: number,
  mtu: number,
): void {
  context.protocols.handleError({
    kind: 'error',
    reporter: ownReporter(source, LOOPBACK_IPV4),
    type: ICMP_DESTINATION_UNREACHABLE,
    code,
    mtu,
    protocol: request.protocol,
    source: request.source,
    destination: request.destination,
    quoted: request.segment.subarray(0, OWN_QUOTE_OCTETS),
  });
}
