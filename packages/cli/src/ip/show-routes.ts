import { addressesOf } from './format-address.ts';
import { BOOT, protocolName } from './route-names.ts';
import type { ApiInterface, ApiRoute } from './stack.ts';

/** A route as `ip route` shows it. */
export interface ShownRoute {
  readonly type: string;
  /** `default`, `10.0.0.0/8`, `192.0.2.2` */
  readonly to: string;
  readonly via: string | undefined;
  readonly device: string | undefined;
  readonly table: 'main' | 'local';
  readonly protocol: number;
  readonly scope: 'global' | 'link' | 'host';
  readonly source: string | undefined;
  readonly metric: number;
  /** 0: the interface's. */
  readonly mtu: number;
  readonly address: number;
  readonly prefixLength: number;
  /** The ways, if there are several; `via` and `device` are then undefined. */
  readonly nexthops?: readonly ShownNexthop[] | undefined;
}

/** One of several ways of a route. */
interface ShownNexthop {
  readonly via: string | undefined;
  readonly device: string | undefined;
  readonly weight: number;
}

function bits(text: string): number {
  return text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** `0.0.0.0/0` is `default`, and a host has no length. */
function shortPrefix(text: string): string {
  if (text === '0.0.0.0/0') return 'default';
  return text.endsWith('/32') ? text.slice(0, -3) : text;
}

/** The table main. */
export function mainRoutes(
  routes: readonly ApiRoute[],
  interfaces: readonly ApiInterface[],
): ShownRoute[] {
  const nameOf = (index: number) => interfaces.find((each) => each.index === index)?.name;
  const shown = routes.map((route): ShownRoute => {
    const [address = '', length = '32'] = route.destination.split('/');
    const { type, gateway, interfaceIndex, preferredSource, metric, mtu, protocol } = route;
    const nexthops = route.nexthops?.map((hop) => ({
      via: hop.gateway ?? undefined,
      device: nameOf(hop.interfaceIndex),
      weight: hop.weight,
    }));
    const isSingle = nexthops === undefined;
    return {
      type,
      to: shortPrefix(route.destination),
      via: isSingle ? (gateway ?? undefined) : undefined,
      device: isSingle && interfaceIndex !== 0 ? nameOf(interfaceIndex) : undefined,
      nexthops,
      table: 'main',
      protocol,
      scope: type === 'unicast' && gateway === null ? 'link' : 'global',
      source: preferredSource ?? undefined,
      metric,
      mtu,
      address: bits(address),
      prefixLength: Number(length),
    };
  });
  return shown.sort(inOrder);
}

/** By address, as the kernel's trie gives them: the longest prefix of an address first. */
function inOrder(one: ShownRoute, other: ShownRoute): number {
  return (
    one.address - other.address ||
    other.prefixLength - one.prefixLength ||
    one.metric - other.metric
  );
}

/** The table local: what the addresses of the interfaces make. */
export function localRoutes(interfaces: readonly ApiInterface[]): ShownRoute[] {
  const routes: ShownRoute[] = [];
  for (const each of interfaces) {
    const shown = addressesOf(each);
    for (const { local, prefixLength, broadcast } of shown) {
      const primary = shown.find(
        (one) => one.prefixLength === prefixLength && sameSubnet(one.local, local, prefixLength),
      );
      const source = primary?.local ?? local;
      const row = (type: string, to: string, length: number): ShownRoute => ({
        type,
        to: shortPrefix(`${to}/${length}`),
        via: undefined,
        device: each.name,
        table: 'local',
        protocol: 2,
        scope: type === 'local' ? 'host' : 'link',
        source,
        metric: 0,
        mtu: 0,
        address: bits(to),
        prefixLength: length,
      });
      routes.push(row('local', local, 32));
      if (each.kind === 'loopback') {
        routes.push(row('local', '127.0.0.0', 8), row('broadcast', '127.255.255.255', 32));
      } else if (broadcast !== undefined && local === source && each.up) {
        routes.push(row('broadcast', broadcast, 32));
      }
    }
  }
  return routes.sort(inOrder);
}

function sameSubnet(one: string, other: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(bits(one) / size) === Math.floor(bits(other) / size);
}

/** What a filter of `ip route show` says already, and a line leaves out. */
export interface Omitted {
  readonly via?: boolean;
  readonly device?: boolean;
  readonly protocol?: boolean;
  readonly scope?: boolean;
  readonly source?: boolean;
}

/** A line of `ip route show`, with the blank at its end. */
export function routeLine(
  route: ShownRoute,
  omitted: Omitted,
  hasTable: boolean,
  details: boolean,
): string {
  const { type, to, via, device, table, protocol, scope, source, metric, mtu } = route;
  const hasType = type !== 'unicast' || details;
  const hasScope = !omitted.scope && (details || scope !== 'global');
  const isRefusal = device === undefined;
  const line = [
    hasType ? type : '',
    to,
    via === undefined || omitted.via ? '' : `via ${via}`,
    device === undefined || omitted.device ? '' : `dev ${device}`,
    hasTable && table !== 'main' ? `table ${table}` : '',
    (protocol === BOOT && !details) || omitted.protocol ? '' : `proto ${protocolName(protocol)}`,
    hasScope && (!isRefusal || details) ? `scope ${scope}` : '',
    source === undefined || omitted.source ? '' : `src ${source}`,
    metric === 0 ? '' : `metric ${metric}`,
    mtu === 0 ? '' : `mtu ${mtu}`,
    '',
  ]
    .filter((part, at, all) => part !== '' || at === all.length - 1)
    .join(' ');
  return [line, ...(route.nexthops ?? []).map(hopLine)].join('\n');
}

function hopLine({ via, device, weight }: ShownNexthop): string {
  const by = via === undefined ? '' : `via ${via} `;
  return `\tnexthop ${by}dev ${device} weight ${weight} `;
}

/** `ip -j route`. */
export function routeJson(
  route: ShownRoute,
  omitted: Omitted,
  hasTable: boolean,
  details: boolean,
): object {
  const { type, to, via, device, table, protocol, scope, source, metric, mtu } = route;
  return {
    ...(type === 'unicast' && !details ? {} : { type }),
    dst: to,
    ...(via === undefined || omitted.via ? {} : { gateway: via }),
    ...(device === undefined || omitted.device ? {} : { dev: device }),
    ...(hasTable && table !== 'main' ? { table } : {}),
    ...((protocol === BOOT && !details) || omitted.protocol
      ? {}
      : { protocol: protocolName(protocol) }),
    ...(scope === 'global' && !details ? {} : { scope }),
    ...(source === undefined || omitted.source ? {} : { prefsrc: source }),
    ...(metric === 0 ? {} : { metric }),
    flags: [],
    ...(mtu === 0 ? {} : { metrics: [{ mtu }] }),
    ...(route.nexthops === undefined ? {} : { nexthops: route.nexthops.map(hopJson) }),
  };
}

function hopJson({ via, device, weight }: ShownNexthop): object {
  return { ...(via === undefined ? {} : { gateway: via }), dev: device, weight, flags: [] };
}
