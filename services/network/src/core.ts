import type { RouteInfo } from '@strata/contract';
import {
  type RouteConfig as CoreRoute,
  type NatConfig,
  NetworkCore,
  type NetworkKnobs,
  ROUTE_PROTOCOL,
  type Route,
} from '@strata/network';
import {
  type Config,
  createCoreAllocate,
  createRandom,
  interfacesOf,
  type NatSettings,
  stackOf,
  sysctlFor,
} from '@strata/runtime';
import { PROTOCOL_TCP, PROTOCOL_UDP, UNSPECIFIED_IPV4 } from '@strata/wire';

/**
 * The network core of a stack. Throws NetworkError if its routes are not possible.
 * `unixTimeAtZeroMs`: Unix time, in milliseconds, when the core's clock reads 0.
 */
export function createCore(
  config: Config,
  stack: string,
  unixTimeAtZeroMs?: number | undefined,
): NetworkCore {
  const entries = interfacesOf(config, stack);
  const { routes, sysctl, nat } = stackOf(config, stack);
  const indexOf = new Map(entries.map(({ name, index }) => [name, index]));
  return new NetworkCore(
    {
      interfaces: entries.map(({ index, name, mtu, config: { addresses, clampMss } }) => ({
        index,
        name,
        mtu,
        addresses,
        clampMss: clampMss === true ? 'path mtu' : clampMss || undefined,
      })),
      routes: routes.map(
        (route): CoreRoute => ({
          destination: route.to.address,
          prefixLength: route.to.prefixLength,
          via: route.via,
          interfaceIndex: route.interface === undefined ? undefined : indexOf.get(route.interface),
          nexthops: route.nexthops?.map(({ via, weight, interface: on }) => ({
            via,
            weight,
            interfaceIndex: on === undefined ? undefined : indexOf.get(on),
          })),
          source: route.source,
          mtu: route.mtu,
          metric: route.metric,
          kind: route.type,
          protocol: ROUTE_PROTOCOL.static,
        }),
      ),
      sysctl: sysctlFor('network', sysctl) as Partial<NetworkKnobs>,
      unixTimeAtZeroMs,
      nat: nat && natConfig(nat, indexOf),
    },
    createRandom(),
    createCoreAllocate(),
  );
}

const PROTOCOLS = { tcp: PROTOCOL_TCP, udp: PROTOCOL_UDP };

/** The config's interfaces are there: its check has seen to it. */
function natConfig(nat: NatSettings, indexOf: ReadonlyMap<string, number>): NatConfig {
  const { masquerade, forwards, ports, maxFlows } = nat;
  return {
    masquerade: masquerade.map(({ out, from, to }) => ({ outIndex: indexOf.get(out)!, from, to })),
    portForwards: forwards.map(({ in: name, protocol, port, to }) => ({
      inIndex: indexOf.get(name)!,
      protocol: PROTOCOLS[protocol],
      port,
      to,
    })),
    ports,
    maxFlows,
  };
}

/** A route as in control messages. */
export function routeInfo(route: Route): RouteInfo {
  const { destination, prefixLength, via, interfaceIndex, metric, kind, source } = route;
  const { protocol, mtu } = route;
  return {
    destination: { address: destination, prefixLength },
    gateway: via ?? UNSPECIFIED_IPV4,
    interfaceIndex,
    metric,
    preferredSource: source ?? UNSPECIFIED_IPV4,
    type: kind,
    protocol,
    mtu,
    nexthops: route.nexthops?.map((hop) => ({
      gateway: hop.via ?? UNSPECIFIED_IPV4,
      interfaceIndex: hop.interfaceIndex,
      weight: hop.weight,
    })),
  };
}
