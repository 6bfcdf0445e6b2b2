import type { AddressPrefix, NeighbourSetMode, NeighbourState } from '@strata/contract';
import { askControl } from '@strata/runtime';
import { type IpAddress, type MacAddress, parseIpv4, parseMac } from '@strata/wire';
import { readableNeighbour } from '../control/readable.ts';
import { ApiError } from './api-error.ts';
import { readJson } from './guard.ts';
import { type ApiHandler, stackOf } from './route.ts';
import { interfaceOf } from './settings.ts';
import { explained } from './tables.ts';

const STATES: readonly NeighbourState[] = [
  'permanent',
  'noarp',
  'reachable',
  'stale',
  'delay',
  'probe',
  'incomplete',
  'failed',
];
const MODES: readonly NeighbourSetMode[] = ['replace', 'add', 'change'];

/**
 * PUT /api/neighbours?stack=NAME&interface=NAME with `{"address": "192.0.2.9", "mac":
 * "02:00:00:00:00:09"}`: sets a neighbour, and answers with it. `state`: default permanent. `mode`:
 * replace (the default), add or change. `proxy`: true for an address that link answers for.
 */
export const putNeighbour: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const body = await readJson(api.request);
  refuseOthers(body, ['address', 'mac', 'state', 'mode', 'proxy']);
  const request = {
    kind: 'neighbour-set',
    interfaceName,
    address: addressOf(body['address']),
    mac: body['mac'] === undefined ? undefined : macOf(body['mac']),
    state: choiceOf('state', body['state'] ?? 'permanent', STATES),
    mode: choiceOf('mode', body['mode'] ?? 'replace', MODES),
    proxy: switchOf('proxy', body['proxy'] ?? false),
  } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'neighbours');
  return (await explained(stack, asked, 404)).neighbours.map(readableNeighbour)[0];
};

/**
 * DELETE /api/neighbours?stack=NAME&interface=NAME&address=192.0.2.9: removes a neighbour, or with
 * `proxy=true` an address that link answers for; answers with it.
 */
export const deleteNeighbour: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const address = addressOf(api.query.get('address') ?? undefined);
  const proxy = choiceOf('proxy', api.query.get('proxy') ?? 'false', ['true', 'false']) === 'true';
  const request = { kind: 'neighbour-delete', interfaceName, address, proxy } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'neighbours');
  return (await explained(stack, asked, 404)).neighbours.map(readableNeighbour)[0];
};

/**
 * POST /api/neighbours/flush?stack=NAME with `{"interface": "eth0", "states": ["stale"], "to":
 * "192.0.2.0/24"}`: removes the neighbours that match all fields, and answers with them.
 */
export const flushNeighbours: ApiHandler = async (api) => {
  const stack = stackOf(api);
  const body = await readJson(api.request);
  refuseOthers(body, ['interface', 'states', 'to']);
  const { interface: on = '', states = [], to } = body;
  if (typeof on !== 'string') throw wrong('interface', on, 'the name of an interface');
  if (!Array.isArray(states)) throw wrong('states', states, `a list of ${STATES.join(', ')}`);
  const request = {
    kind: 'neighbours-flush',
    interfaceName: on,
    states: states.map((state) => choiceOf('states', state, STATES)),
    destination: to === undefined ? undefined : prefixOf(to),
  } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'neighbours');
  return (await explained(stack, asked, 404)).neighbours.map(readableNeighbour);
};

function refuseOthers(body: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const other = Object.keys(body).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new ApiError(400, `there is no field ${other}; there are: ${known.join(', ')}.`);
}

function addressOf(value: unknown): IpAddress {
  const address = typeof value === 'string' ? parseIpv4(value) : undefined;
  if (address !== undefined) return address;
  throw wrong('address', value, 'an IPv4 address, such as 192.0.2.9');
}

function macOf(value: unknown): MacAddress {
  const mac = typeof value === 'string' ? parseMac(value) : undefined;
  if (mac !== undefined) return mac;
  throw wrong('mac', value, 'a MAC address, such as 02:00:00:00:00:09');
}

function prefixOf(value: unknown): AddressPrefix {
  const parts = typeof value === 'string' ? /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(value) : null;
  const address = parts === null ? undefined : parseIpv4(parts[1]!);
  const prefixLength = Number(parts?.[2] ?? 32);
  if (address !== undefined && prefixLength <= 32) return { address, prefixLength };
  throw wrong('to', value, 'a network, such as 192.0.2.0/24');
}

function switchOf(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(name, value, 'true or false');
}

function choiceOf<Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw wrong(name, value, `one of ${choices.join(', ')}`);
}

function wrong(name: string, value: unknown, wanted: string): ApiError {
  const given = value === undefined ? 'not given' : JSON.stringify(value);
  return new ApiError(400, `${name} is ${given}: it must be ${wanted}.`);
}
