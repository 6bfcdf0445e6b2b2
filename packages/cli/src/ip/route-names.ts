import { wrongArgument } from './ip-error.ts';

/** rtm_protocol's names in /etc/iproute2/rt_protos, by number. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};

/** The protocol of routes that `ip route` adds, and that it does not show. */
export const BOOT = 3;

export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}

/** The number of a protocol. Throws IpError. */
export function parseProtocol(word: string): number {
  const named = Object.entries(PROTOCOLS).find(([, name]) => name === word);
  if (named !== undefined) return Number(named[0]);
  if (/^\d{1,3}$/.test(word) && Number(word) <= 255) return Number(word);
  throw wrongArgument(word, '"protocol" value is invalid\n');
}

export const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
] as const;
export type RouteTypeName = (typeof ROUTE_TYPES)[number];

export function isRouteType(word: string | undefined): word is RouteTypeName {
  return ROUTE_TYPES.some((type) => type === word);
}

const SCOPES: Readonly<Record<string, string>> = {
  global: 'global',
  universe: 'global',
  link: 'link',
  host: 'host',
  '0': 'global',
  '253': 'link',
  '254': 'host',
};

export function parseScope(word: string): string {
  const scope = SCOPES[word];
  if (scope !== undefined) return scope;
  throw wrongArgument(word, 'invalid "scope" value\n');
}
