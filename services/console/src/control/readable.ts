import type {
  InterfaceInfo,
  NeighbourInfo,
  RouteAnswerInfo,
  RouteInfo,
  SocketInfo,
} from '@strata/contract';
import { formatIpv4, formatMac, type IpAddress, isUnspecified, portedProtocol } from '@strata/wire';

/** Converts control values to the API's JSON: addresses become text. */

export function readableInterface(info: InterfaceInfo): unknown {
  return {
    ...info,
    mac: formatMac(info.mac),
    addresses: info.addresses.map(formatPrefix),
  };
}

export function readableNeighbour(info: NeighbourInfo): unknown {
  return {
    ...info,
    address: formatIpv4(info.address),
    mac: info.mac === undefined ? null : formatMac(info.mac),
  };
}

export function readableRoute(info: RouteInfo): unknown {
  return {
    ...info,
    destination: formatPrefix(info.destination),
    gateway: isUnspecified(info.gateway) ? null : formatIpv4(info.gateway),
    preferredSource: isUnspecified(info.preferredSource) ? null : formatIpv4(info.preferredSource),
    nexthops: info.nexthops?.map((hop) => ({
      ...hop,
      gateway: isUnspecified(hop.gateway) ? null : formatIpv4(hop.gateway),
    })),
  };
}

export function readableSocket(info: SocketInfo): unknown {
  return {
    ...info,
    protocol: portedProtocol(info.protocol)?.name.toLowerCase() ?? info.protocol,
    local: formatEndpoint(info.local),
    remote: formatEndpoint(info.remote),
    tcp: info.tcp ?? null,
  };
}

function formatPrefix(prefix: {
  readonly address: IpAddress;
  readonly prefixLength: number;
}): string {
  return `${formatIpv4(prefix.address)}/${prefix.prefixLength}`;
}

function formatEndpoint(endpoint: { readonly address: IpAddress; readonly port: number }): string {
  return `${formatIpv4(endpoint.address)}:${endpoint.port}`;
}

export function readableRouteAnswer(answer: RouteAnswerInfo): unknown {
  const { gateway, source } = answer;
  return {
    ...answer,
    gateway: isUnspecified(gateway) ? null : formatIpv4(gateway),
    source: isUnspecified(source) ? null : formatIpv4(source),
  };
}
