import { PROBE_FRAGMENTATIONS, PROBE_KINDS, type ProbeRequest } from '@strata/contract';
import { askControl, hint } from '@strata/runtime';
import { type IpAddress, parseIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';
import { readableProbeEvent } from '../control/readable-probe.ts';
import { ApiError } from './api-error.ts';
import { readJson } from './guard.ts';
import { type ApiHandler, stackOf } from './route.ts';
import { explained } from './tables.ts';

/** How much longer than the probes' answers the layer's answer may take. */
const GRACE_MS = 2000;
const MAX_WAIT_MS = 60_000;

/**
 * POST /api/probe?stack=NAME with `{"probes": [{"kind": "echo", "destination": "192.0.2.2"}],
 * "waitMs": 1000}`: sends probes, and answers with what came back since the last request of the
 * session (ProbeRun in proto/strata/v1/control.proto).
 */
export const postProbe: ApiHandler = async (api) => {
  const stack = stackOf(api);
  const body = await readJson(api.request);
  checkNames(body, ['session', 'probes', 'waitMs', 'end']);
  const list = body['probes'] ?? [];
  if (!Array.isArray(list) || list.length > 64) {
    throw new ApiError(400, 'probes must be a list of up to 64 probes.');
  }
  const waitMs = integer(body, 'waitMs', 0, MAX_WAIT_MS, 0);
  const request = {
    kind: 'probe',
    session: integer(body, 'session', 0, 65_535, 0),
    probes: list.map(toProbe),
    waitMs,
    end: flag(body, 'end'),
  } as const;
  const { bus } = api.context;
  const asked = askControl(bus, stack, 'network', request, 'probes', waitMs + GRACE_MS);
  const { session, events, lost } = await explained(stack, asked, request.session ? 404 : 503);
  return { session, events: events.map(readableProbeEvent), lost };
};

type Fields = Readonly<Record<string, unknown>>;

const PROBE_FIELDS: readonly (keyof ProbeRequest)[] = [
  'kind',
  'destination',
  'source',
  'interfaceName',
  'ttl',
  'tos',
  'fragmentation',
  'octets',
  'pattern',
  'options',
  'sequence',
  'identifier',
  'sourcePort',
  'destinationPort',
  'timeoutMs',
  'allowBroadcast',
];

/** Absent fields get their defaults: an echo request of 56 octets that waits for 1 s. */
function toProbe(value: unknown): ProbeRequest {
  if (typeof value !== 'object' || value === null) {
    throw new ApiError(400, `a probe is ${JSON.stringify(value)}: it must be an object.`);
  }
  const fields = value as Fields;
  checkNames(fields, PROBE_FIELDS);
  return {
    kind: choice(fields, 'kind', PROBE_KINDS),
    destination: address(fields, 'destination', undefined),
    source: address(fields, 'source', UNSPECIFIED_IPV4),
    interfaceName: text(fields, 'interfaceName'),
    ttl: integer(fields, 'ttl', 0, 255, 0),
    tos: integer(fields, 'tos', 0, 255, 0),
    fragmentation: choice(fields, 'fragmentation', PROBE_FRAGMENTATIONS),
    octets: integer(fields, 'octets', 0, 65_507, 56),
    pattern: octets(fields, 'pattern', 64),
    options: octets(fields, 'options', 40),
    sequence: integer(fields, 'sequence', 0, 65_535, 0),
    identifier: integer(fields, 'identifier', 0, 65_535, 0),
    sourcePort: integer(fields, 'sourcePort', 0, 65_535, 0),
    destinationPort: integer(fields, 'destinationPort', 0, 65_535, 0),
    timeoutMs: integer(fields, 'timeoutMs', 1, 600_000, 1000),
    allowBroadcast: flag(fields, 'allowBroadcast'),
  };
}

function checkNames(fields: Fields, known: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    const all = known.join(', ');
    throw new ApiError(400, `there is no field ${name}; there are: ${all}${hint(name, known)}.`);
  }
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw new ApiError(400, `${name} is ${JSON.stringify(value)}: it must be ${wanted}.`);
}

function integer(
  fields: Fields,
  name: string,
  least: number,
  most: number,
  otherwise: number,
): number {
  const value = fields[name] ?? otherwise;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  return refuse(name, value, `a whole number from ${least} to ${most}`);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  return typeof value === 'boolean' ? value : refuse(name, value, 'true or false');
}

function text(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  return typeof value === 'string' ? value : refuse(name, value, 'a name');
}

function address(fields: Fields, name: string, otherwise: IpAddress | undefined): IpAddress {
  const value = fields[name];
  if (value === undefined && otherwise !== undefined) return otherwise;
  const parsed = typeof value === 'string' ? parseIpv4(value) : undefined;
  return parsed ?? refuse(name, value, 'an IPv4 address, such as 192.0.2.2');
}

function choice<Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
): Choice {
  const value = fields[name] ?? choices[0]!;
  const found = choices.find((known) => known === value);
  return found ?? refuse(name, value, `one of ${choices.join(', ')}`);
}

/** Octets in hexadecimal. */
function octets(fields: Fields, name: string, most: number): Uint8Array {
  const value = fields[name] ?? '';
  if (typeof value === 'string' && /^(?:[\da-f]{2})*$/i.test(value) && value.length <= 2 * most) {
    return Uint8Array.from(Buffer.from(value, 'hex'));
  }
  return refuse(name, value, `up to ${most} octets in hexadecimal`);
}
