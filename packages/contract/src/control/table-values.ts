/** Converts the neighbours and routes of control messages to messages of protobufjs, and back. */
import { ipv4Address, ipv4Bits } from '@strata/wire';
import { enumValue } from '../codec/reader.ts';
import type {
  ControlRequest,
  NeighbourFilter,
  NeighbourInfo,
  NeighbourSetMode,
  NeighbourSetting,
  NeighbourState,
  RouteInfo,
  RoutingState,
} from '../control.ts';
import { fromPrefix, toPrefix } from '../control-values.ts';
import type { strata } from '../gen/strata.js';

// Each list is in the order of its enum's numbers.
const NEIGHBOUR_STATES: readonly NeighbourState[] = [
  'incomplete',
  'reachable',
  'stale',
  'delay',
  'probe',
  'failed',
  'permanent',
  'noarp',
];
const NEIGHBOUR_SET_MODES: readonly NeighbourSetMode[] = ['replace', 'add', 'change'];
export const ROUTE_TYPES: readonly RouteInfo['type'][] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'multicast',
];

export function toNeighbour(info: NeighbourInfo): strata.v1.Neighbour.$Properties {
  const { interfaceIndex, mac, probes, proxy } = info;
  return {
    interfaceIndex,
    address: ipv4Bits(info.address),
    mac: mac ?? null,
    state: NEIGHBOUR_STATES.indexOf(info.state),
    ageMs: Math.round(info.ageMs),
    usedAgeMs: Math.round(info.usedAgeMs),
    updatedAgeMs: Math.round(info.updatedAgeMs),
    probes,
    proxy,
  };
}

export function fromNeighbour(message: strata.v1.Neighbour.$Properties): NeighbourInfo {
  return {
    interfaceIndex: message.interfaceIndex ?? 0,
    address: ipv4Address(message.address ?? 0),
    mac: message.mac ?? undefined,
    state: stateOf(message.state),
    ageMs: message.ageMs ?? 0,
    usedAgeMs: message.usedAgeMs ?? 0,
    updatedAgeMs: message.updatedAgeMs ?? 0,
    probes: message.probes ?? 0,
    proxy: message.proxy ?? false,
  };
}

function stateOf(number: number | null | undefined): NeighbourState {
  return enumValue('state', NEIGHBOUR_STATES, number ?? 0);
}

export function toNeighbourSet(setting: NeighbourSetting): strata.v1.NeighbourSet.$Properties {
  const { interfaceName, mac, proxy } = setting;
  return {
    interfaceName,
    address: ipv4Bits(setting.address),
    mac: mac ?? null,
    state: NEIGHBOUR_STATES.indexOf(setting.state),
    mode: NEIGHBOUR_SET_MODES.indexOf(setting.mode),
    proxy,
  };
}

export function toNeighboursFlush(filter: NeighbourFilter): strata.v1.NeighboursFlush.$Properties {
  const { interfaceName, destination } = filter;
  return {
    interfaceName,
    states: filter.states.map((state) => NEIGHBOUR_STATES.indexOf(state)),
    destination: destination === undefined ? null : toPrefix(destination),
  };
}

/** The request to change neighbours or to take routes in a message. Undefined: there is none. */
export function fromTableRequest(
  message: strata.v1.ControlRequest.$Properties,
): ControlRequest | undefined {
  const { neighbourSet, neighbourDelete, neighboursFlush, routesNotice } = message;
  if (neighbourSet) {
    return {
      kind: 'neighbour-set',
      interfaceName: neighbourSet.interfaceName ?? '',
      address: ipv4Address(neighbourSet.address ?? 0),
      mac: neighbourSet.mac ?? undefined,
      state: stateOf(neighbourSet.state),
      mode: enumValue('mode', NEIGHBOUR_SET_MODES, neighbourSet.mode ?? 0),
      proxy: neighbourSet.proxy ?? false,
    };
  }
  if (neighbourDelete) {
    return {
      kind: 'neighbour-delete',
      interfaceName: neighbourDelete.interfaceName ?? '',
      address: ipv4Address(neighbourDelete.address ?? 0),
      proxy: neighbourDelete.proxy ?? false,
    };
  }
  if (neighboursFlush) {
    const { interfaceName, states, destination } = neighboursFlush;
    return {
      kind: 'neighbours-flush',
      interfaceName: interfaceName ?? '',
      states: (states ?? []).map(stateOf),
      destination: destination ? fromPrefix(destination) : undefined,
    };
  }
  if (routesNotice) return { kind: 'routes-notice', ...fromRoutes(routesNotice.routes ?? {}) };
  return undefined;
}

export function toRoutes(state: RoutingState): strata.v1.Routes.$Properties {
  return {
    routes: state.routes.map(toRoute),
    forwardingInterfaces: [...(state.forwardingInterfaces ?? [])],
  };
}

export function fromRoutes(message: strata.v1.Routes.$Properties): RoutingState {
  const routes = (message.routes ?? []).map(fromRoute);
  const forwarding = message.forwardingInterfaces ?? [];
  return forwarding.length === 0 ? { routes } : { routes, forwardingInterfaces: forwarding };
}

export function toRoute(info: RouteInfo): strata.v1.Route.$Properties {
  const { interfaceIndex, metric } = info;
  return {
    destination: toPrefix(info.destination),
    gateway: ipv4Bits(info.gateway),
    interfaceIndex,
    metric,
    preferredSource: ipv4Bits(info.preferredSource),
    type: ROUTE_TYPES.indexOf(info.type),
    protocol: info.protocol,
    mtu: info.mtu,
    nexthops: (info.nexthops ?? []).map(({ gateway, interfaceIndex, weight }) => ({
      gateway: ipv4Bits(gateway),
      interfaceIndex,
      weight,
    })),
  };
}

export function fromRoute(message: strata.v1.Route.$Properties): RouteInfo {
  const nexthops = (message.nexthops ?? []).map((hop) => ({
    gateway: ipv4Address(hop.gateway ?? 0),
    interfaceIndex: hop.interfaceIndex ?? 0,
    weight: hop.weight ?? 0,
  }));
  const ways = nexthops.length > 0 ? { nexthops } : {};
  return {
    destination: fromPrefix(message.destination),
    gateway: ipv4Address(message.gateway ?? 0),
    interfaceIndex: message.interfaceIndex ?? 0,
    metric: message.metric ?? 0,
    preferredSource: ipv4Address(message.preferredSource ?? 0),
    type: enumValue('type', ROUTE_TYPES, message.type ?? 0),
    protocol: message.protocol ?? 0,
    mtu: message.mtu ?? 0,
    ...ways,
  };
}
