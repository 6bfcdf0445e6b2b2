import { formatIpv4, networkOf } from '@strata/wire';
import { type NexthopConfig, ROUTE_PROTOCOL, type RouteConfig } from '../config.ts';
import { NetworkError } from '../errors.ts';
import { type Interfaces, isUp, LOOPBACK_INDEX } from '../interfaces.ts';
import { type Nexthop, name, type Route } from './route.ts';

type Bad = (what: string) => NetworkError;

/**
 * The route as the table holds it. Throws NetworkError: NETWORK_BAD_ROUTE,
 * NETWORK_GATEWAY_UNREACHABLE, NETWORK_INTERFACE_DOWN.
 */
export function checkRoute(interfaces: Interfaces, config: RouteConfig): Route {
  const { destination, prefixLength, via, source } = config;
  const kind = config.kind ?? 'unicast';
  const metric = config.metric ?? 0;
  const bad = (what: string) =>
    new NetworkError('NETWORK_BAD_ROUTE', `route ${name(config)}: ${what}`);
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
    throw bad('the prefix must have 0 to 32 bits');
  }
  if (networkOf(destination, prefixLength) !== destination) {
    throw bad('the destination has bits set behind its prefix');
  }
  if (!Number.isInteger(metric) || metric < 0 || metric > 0xffffffff) {
    throw bad(`metric ${metric} must be from 0 to 2^32 - 1`);
  }
  if (source !== undefined && !interfaces.isOwn(source)) {
    throw bad(`source ${formatIpv4(source)} is not one of our addresses`);
  }
  const protocol = config.protocol ?? ROUTE_PROTOCOL.boot;
  if (!Number.isInteger(protocol) || protocol < 0 || protocol > 255) {
    throw bad(`protocol ${protocol} must be from 0 to 255`);
  }
  const mtu = config.mtu ?? 0;
  if (!Number.isInteger(mtu) || (mtu !== 0 && mtu < 68) || mtu > 65535) {
    throw bad(`mtu ${mtu} must be from 68 to 65535 octets`);
  }
  const origin = 'static' as const;
  const base = { destination, prefixLength, metric, kind, source, origin, protocol, mtu };
  if (kind !== 'unicast') {
    if (via !== undefined || config.nexthops !== undefined) {
      throw bad(`a ${kind} route has no gateway`);
    }
    return { ...base, via: undefined, interfaceIndex: 0 };
  }
  if (config.nexthops === undefined) {
    return { ...base, via, interfaceIndex: checkInterface(interfaces, config, config, bad) };
  }
  if (via !== undefined || config.interfaceIndex !== undefined) {
    throw bad('it has either nexthops, or a gateway or interface of its own');
  }
  const nexthops = checkNexthops(interfaces, config, config.nexthops, bad);
  const [first] = nexthops;
  if (first === undefined) throw bad('nexthops is empty');
  const { interfaceIndex } = first;
  // One way among one is an ordinary route.
  const several = nexthops.length > 1 ? nexthops : undefined;
  return { ...base, via: first.via, interfaceIndex, nexthops: several };
}

function checkNexthops(
  interfaces: Interfaces,
  route: RouteConfig,
  nexthops: readonly NexthopConfig[],
  bad: Bad,
): Nexthop[] {
  return nexthops.map((hop) => {
    const weight = hop.weight ?? 1;
    if (!Number.isInteger(weight) || weight < 1 || weight > 256) {
      throw bad(`weight ${weight} must be from 1 to 256`);
    }
    const interfaceIndex = checkInterface(interfaces, route, hop, bad);
    return { via: hop.via, interfaceIndex, weight };
  });
}

/** The interface of a next hop. */
function checkInterface(
  interfaces: Interfaces,
  route: RouteConfig,
  hop: NexthopConfig,
  bad: Bad,
): number {
  const { via, interfaceIndex } = hop;
  if (interfaceIndex !== undefined) {
    if (interfaceIndex === LOOPBACK_INDEX || !interfaces.byIndex(interfaceIndex)) {
      throw bad(`there is no interface ${interfaceIndex}`);
    }
  } else if (via === undefined) {
    throw bad('neither gateway nor interface is given');
  }
  const named = interfaceIndex === undefined ? [] : [interfaces.byIndex(interfaceIndex)!];
  if (named[0] !== undefined && !isUp(named[0])) {
    throw new NetworkError(
      'NETWORK_INTERFACE_DOWN',
      `route ${name(route)}: interface ${named[0].name} is down`,
    );
  }
  if (via === undefined) return interfaceIndex!;
  const candidates = interfaceIndex === undefined ? interfaces.all : named;
  const on = candidates.find(
    (each) => each.index !== LOOPBACK_INDEX && isUp(each) && interfaces.isNeighbour(via, each),
  );
  if (on === undefined) {
    throw new NetworkError(
      'NETWORK_GATEWAY_UNREACHABLE',
      `route ${name(route)}: gateway ${formatIpv4(via)} is in no subnet of the interface`,
    );
  }
  return on.index;
}
