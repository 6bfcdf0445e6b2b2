import type {
  InterfaceInfo,
  RouteAction,
  RouteAnswerInfo,
  RouteInfo,
  RouteType,
} from '@strata/contract';
import type {
  InterfaceConfig,
  NetworkCore,
  RouteAnswer,
  RouteConfig,
  RouteKind,
  RouteMatch,
} from '@strata/network';
import { ControlError, type ControlHandlers, type LayerContext } from '@strata/runtime';
import { formatIpv4, type IpAddress, isUnspecified, UNSPECIFIED_IPV4 } from '@strata/wire';
import { routeInfo } from './core.ts';

export interface ChangeParts {
  readonly core: NetworkCore;
  readonly run: LayerContext['run'];
  /** Tells transport what the interfaces are now. */
  readonly tellAbove: (interfaces: readonly InterfaceInfo[]) => Promise<void>;
}

/** Network's answers to changes of interfaces and routes. */
export function changeHandlers({ core, run, tellAbove }: ChangeParts): ControlHandlers {
  return {
    'interfaces-set': async ({ interfaces }) => {
      const before = core.addresses().filter(({ index }) => index !== 0);
      run(() => core.setInterfaces(interfaces.map(toInterface)));
      try {
        await tellAbove(interfaces);
      } catch (error) {
        run(() => core.setInterfaces(before));
        throw error;
      }
      return { kind: 'done' };
    },
    'route-change': ({ action, route, isAnyType }) => {
      const changed = run(() => changeRoute(core, action, route, isAnyType));
      return { kind: 'routes', routes: [routeInfo(changed)] };
    },
    'route-get': ({ destination, source, interfaceIndex }) =>
      run((nowMs) => {
        const answer = core.routeTo(destination, source, interfaceIndex, nowMs);
        return { kind: 'route-answer', answer: answerInfo(answer, destination, source, nowMs) };
      }),
  };
}

/** An interface as the core has it. */
export function toInterface({ index, name, mtu, addresses, up }: InterfaceInfo): InterfaceConfig {
  return { index, name, mtu, addresses, isUp: up };
}

function changeRoute(core: NetworkCore, action: RouteAction, route: RouteInfo, isAnyType: boolean) {
  if (action !== 'delete') return core.addRoute(toConfig(route), action);
  const match: RouteMatch = {
    ...set(route),
    kind: isAnyType ? undefined : toKind(route.type),
    metric: route.metric === 0 ? undefined : route.metric,
    protocol: route.protocol === 0 ? undefined : route.protocol,
  };
  const deleted = core.deleteRoute(match);
  if (deleted !== undefined) return deleted;
  const { address, prefixLength } = route.destination;
  throw new ControlError(
    'not-found',
    `there is no such route to ${formatIpv4(address)}/${prefixLength}`,
    'ESRCH',
  );
}

function toConfig(route: RouteInfo): RouteConfig {
  const { metric, protocol, mtu, nexthops = [] } = route;
  const base = { ...set(route), metric, protocol, mtu, kind: toKind(route.type) };
  if (nexthops.length === 0) return base;
  const ways = nexthops.map(({ gateway, interfaceIndex, weight }) => ({
    via: given(gateway),
    interfaceIndex: interfaceIndex === 0 ? undefined : interfaceIndex,
    weight,
  }));
  return { ...base, via: undefined, interfaceIndex: undefined, nexthops: ways };
}

/** The fields in which 0 means that nothing is given. */
function set({ destination, gateway, interfaceIndex, preferredSource }: RouteInfo) {
  return {
    destination: destination.address,
    prefixLength: destination.prefixLength,
    via: given(gateway),
    interfaceIndex: interfaceIndex === 0 ? undefined : interfaceIndex,
    source: given(preferredSource),
  };
}

function given(address: IpAddress): IpAddress | undefined {
  return isUnspecified(address) ? undefined : address;
}

function toKind(type: RouteType): RouteKind {
  if (type !== 'local' && type !== 'broadcast' && type !== 'multicast') return type;
  throw new ControlError(
    'not-supported',
    `routes of type ${type} come from the addresses of the interfaces: add an address instead`,
    'EINVAL',
  );
}

const NO_WAY: Readonly<
  Record<Extract<RouteAnswer, { kind: 'none' }>['why'], readonly [string, string]>
> = {
  'no route': ['ENETUNREACH', 'no route matches'],
  unreachable: ['EHOSTUNREACH', 'a route of type unreachable matches'],
  prohibit: ['EACCES', 'a route of type prohibit matches'],
  blackhole: ['EINVAL', 'a route of type blackhole matches'],
  source: ['EINVAL', 'the source is not one of our addresses'],
};

function answerInfo(
  answer: RouteAnswer,
  destination: IpAddress,
  source: IpAddress,
  nowMs: number,
): RouteAnswerInfo {
  if (answer.kind === 'none') {
    const [errno, why] = NO_WAY[answer.why];
    const about = formatIpv4(answer.why === 'source' ? source : destination);
    throw new ControlError('not-found', `${about}: ${why}`, errno);
  }
  const { type, via, interfaceIndex, mtu, mtuExpiresAtMs, isRedirected } = answer;
  return {
    type,
    gateway: via ?? UNSPECIFIED_IPV4,
    interfaceIndex,
    source: answer.source,
    mtu,
    mtuExpiresMs: mtuExpiresAtMs === undefined ? 0 : mtuExpiresAtMs - nowMs,
    isRedirected,
  };
}
