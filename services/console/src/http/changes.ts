/** Changes of interfaces, addresses and routes, and the question for a route. */
import type {
  AddressPrefix,
  LinkChanges,
  RouteInfo,
  RouteNexthopInfo,
  RouteType,
} from '@strata/contract';
import { askControl, hint } from '@strata/runtime';
import { type IpAddress, networkOf, parseIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';
import { readableInterface, readableRoute, readableRouteAnswer } from '../control/readable.ts';
import { ApiError } from './api-error.ts';
import { readJson } from './guard.ts';
import { type ApiHandler, type ApiRequest, stackOf } from './route.ts';
import { interfaceOf } from './settings.ts';
import { explained } from './tables.ts';

const LINK_FIELDS = { up: 'boolean', mtu: 'number', arp: 'boolean' } as const;

/**
 * PUT /api/interfaces?stack=NAME&interface=eth0 with `{"up": false, "mtu": 1400, "arp": true}`;
 * answers with the interface as it is then.
 */
export const putInterface: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const changes = (await fieldsOf(api, LINK_FIELDS)) as LinkChanges;
  const request = { kind: 'link-set', interfaceName, changes } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'interfaces');
  return readableInterface((await explained(stack, asked, 404)).interfaces[0]!);
};

const ADDRESS_FIELDS = { action: 'string', address: 'string' } as const;
const ADDRESS_ACTIONS = ['add', 'replace', 'delete'] as const;

/**
 * POST /api/addresses?stack=NAME&interface=eth0 with `{"action": "add", "address":
 * "192.0.2.9/24"}`; answers with the interface as it is then.
 */
export const postAddress: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const body = await fieldsOf(api, ADDRESS_FIELDS);
  const action = oneOf('action', body['action'], ADDRESS_ACTIONS);
  const address = prefixOf('address', String(body['address'] ?? ''));
  const request = { kind: 'address-change', interfaceName, action, address } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'interfaces');
  return readableInterface((await explained(stack, asked, 404)).interfaces[0]!);
};

const ROUTE_FIELDS = {
  action: 'string',
  to: 'string',
  via: 'string',
  interfaceIndex: 'number',
  metric: 'number',
  source: 'string',
  type: 'string',
  protocol: 'number',
  mtu: 'number',
  nexthops: 'list',
} as const;
const HOP_FIELDS = { via: 'string', interfaceIndex: 'number', weight: 'number' } as const;
const ROUTE_ACTIONS = ['add', 'append', 'prepend', 'change', 'replace', 'delete'] as const;
const ROUTE_TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'multicast',
];

/**
 * POST /api/routes?stack=NAME with `{"action": "add", "to": "default", "via": "192.0.2.1"}`;
 * answers with the route. For a deletion, what is absent may be anything.
 */
export const postRoute: ApiHandler = async (api) => {
  const stack = stackOf(api);
  const body = await fieldsOf(api, ROUTE_FIELDS);
  const action = oneOf('action', body['action'], ROUTE_ACTIONS);
  const route: RouteInfo = {
    destination: destinationOf(String(body['to'] ?? '')),
    gateway: addressOr('via', body['via']),
    interfaceIndex: Number(body['interfaceIndex'] ?? 0),
    metric: Number(body['metric'] ?? 0),
    preferredSource: addressOr('source', body['source']),
    type: oneOf('type', body['type'] ?? 'unicast', ROUTE_TYPES),
    protocol: Number(body['protocol'] ?? (action === 'delete' ? 0 : BOOT)),
    mtu: Number(body['mtu'] ?? 0),
    nexthops: (body['nexthops'] as readonly unknown[] | undefined)?.map(nexthopOf),
  };
  const isAnyType = body['type'] === undefined;
  const request = { kind: 'route-change', action, route, isAnyType } as const;
  const asked = askControl(api.context.bus, stack, 'network', request, 'routes');
  return readableRoute((await explained(stack, asked, 404)).routes[0]!);
};

/** One of `"nexthops": [{"via": "192.0.2.1", "weight": 2}]`. */
function nexthopOf(value: unknown): RouteNexthopInfo {
  if (typeof value !== 'object' || value === null) {
    throw new ApiError(400, `nexthops has ${JSON.stringify(value)}: it must be an object.`);
  }
  const hop = checkFields(value as Readonly<Record<string, unknown>>, HOP_FIELDS);
  return {
    gateway: addressOr('via', hop['via']),
    interfaceIndex: Number(hop['interfaceIndex'] ?? 0),
    weight: Number(hop['weight'] ?? 1),
  };
}

/** rtm_protocol of what a person adds. */
const BOOT = 3;

/** GET /api/route?stack=NAME&to=192.0.2.9&from=ADDRESS&interface=INDEX: the way there. */
export const getRoute: ApiHandler = async (api) => {
  const stack = stackOf(api);
  const { query } = api;
  const index = query.get('interface') ?? '0';
  if (!/^\d{1,9}$/.test(index)) throw new ApiError(400, `interface is ${index}: give its index.`);
  const request = {
    kind: 'route-get',
    destination: addressOf('to', query.get('to') ?? ''),
    source: addressOr('from', query.get('from') ?? undefined),
    interfaceIndex: Number(index),
  } as const;
  const asked = askControl(api.context.bus, stack, 'network', request, 'route-answer');
  return readableRouteAnswer((await explained(stack, asked, 404)).answer);
};

/** The body's fields, each of its type. Throws ApiError for others. */
type FieldTypes = Readonly<Record<string, 'boolean' | 'list' | 'number' | 'string'>>;

async function fieldsOf(
  api: ApiRequest,
  types: FieldTypes,
): Promise<Readonly<Record<string, unknown>>> {
  return checkFields(await readJson(api.request), types);
}

function checkFields(
  body: Readonly<Record<string, unknown>>,
  types: FieldTypes,
): Readonly<Record<string, unknown>> {
  for (const [name, value] of Object.entries(body)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) {
      const known = Object.keys(types);
      const there = `there are: ${known.join(', ')}${hint(name, known)}`;
      throw new ApiError(400, `there is no field ${name}; ${there}.`);
    }
    if (isOfType(value, type)) continue;
    const should = type === 'number' ? 'a whole number' : `a ${type}`;
    throw new ApiError(400, `${name} is ${JSON.stringify(value)}: it must be ${should}.`);
  }
  return body;
}

function isOfType(value: unknown, type: FieldTypes[string]): boolean {
  if (type === 'list') return Array.isArray(value);
  if (type === 'number') return Number.isInteger(value) && (value as number) >= 0;
  return typeof value === type;
}

function oneOf<Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw new ApiError(400, `${name} is ${value}: it must be one of ${choices.join(', ')}.`);
}

function addressOf(name: string, text: string): IpAddress {
  const address = parseIpv4(text);
  if (address !== undefined) return address;
  throw new ApiError(400, `${name} is ${JSON.stringify(text)}: it must be an IPv4 address.`);
}

/** The address; 0.0.0.0 where there is none. */
function addressOr(name: string, text: unknown): IpAddress {
  return text === undefined ? UNSPECIFIED_IPV4 : addressOf(name, String(text));
}

/** `ADDRESS/LENGTH`; without a length: 32 bits. */
function prefixOf(name: string, text: string): AddressPrefix {
  const [address = '', length = '32', more] = text.split('/');
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefixLength <= 32) || more !== undefined) {
    throw new ApiError(400, `${name} is ${JSON.stringify(text)}: it must be ADDRESS/0 to 32.`);
  }
  return { address: addressOf(name, address), prefixLength };
}

/** `default`, or a prefix without bits behind it. */
function destinationOf(text: string): AddressPrefix {
  if (text === 'default') return { address: UNSPECIFIED_IPV4, prefixLength: 0 };
  const prefix = prefixOf('to', text);
  if (networkOf(prefix.address, prefix.prefixLength) === prefix.address) return prefix;
  throw new ApiError(400, `to is ${text}: it has bits set behind its prefix.`, 'EINVAL');
}
