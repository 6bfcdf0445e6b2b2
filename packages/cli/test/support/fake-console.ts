/** A console with one stack, lone, that notes what it is asked to change. */
import type { CliError } from '../../src/failure.ts';
import type { ApiInterface, ApiNeighbour, ApiRoute } from '../../src/ip/stack.ts';

const ETH0: ApiInterface = {
  index: 1,
  name: 'eth0',
  kind: 'wire',
  mac: '02:00:00:00:00:02',
  mtu: 1500,
  up: true,
  addresses: ['192.0.2.2/24', '192.0.2.3/24', '203.0.113.5/31'],
  addressStates: ['preferred', 'tentative', 'duplicate'],
  counters: { rx_packets: 7, rx_bytes: 12345678901, tx_packets: 3 },
  noArp: false,
  maxMtu: 9000,
};
const ETH1 = { ...ETH0, index: 2, name: 'eth1', up: false, addresses: [], noArp: true };

const ROUTE: ApiRoute = {
  destination: '0.0.0.0/0',
  gateway: '192.0.2.1',
  interfaceIndex: 1,
  metric: 0,
  preferredSource: null,
  type: 'unicast',
  protocol: 4,
  mtu: 0,
};
const ROUTES: readonly ApiRoute[] = [
  ROUTE,
  {
    ...ROUTE,
    destination: '10.0.0.0/8',
    metric: 5,
    mtu: 1400,
    preferredSource: '192.0.2.3',
    protocol: 3,
  },
  {
    ...ROUTE,
    destination: '172.16.0.0/12',
    nexthops: [
      { gateway: '192.0.2.1', interfaceIndex: 1, weight: 2 },
      { gateway: null, interfaceIndex: 2, weight: 1 },
    ],
  },
  {
    ...ROUTE,
    destination: '10.1.0.0/16',
    type: 'prohibit',
    gateway: null,
    interfaceIndex: 0,
    protocol: 3,
  },
  {
    ...ROUTE,
    destination: '192.0.2.0/24',
    gateway: null,
    preferredSource: '192.0.2.2',
    protocol: 2,
  },
];

const NEIGHBOUR: ApiNeighbour = {
  interfaceIndex: 1,
  address: '192.0.2.1',
  mac: '02:00:00:00:00:01',
  state: 'stale',
  ageMs: 61_000,
  usedAgeMs: 5_500,
  updatedAgeMs: 1_000,
  probes: 2,
  proxy: false,
};
const NEIGHBOURS = [
  NEIGHBOUR,
  { ...NEIGHBOUR, address: '192.0.2.9', mac: null, state: 'incomplete' },
  { ...NEIGHBOUR, address: '192.0.2.10', state: 'noarp' },
  { ...NEIGHBOUR, address: '192.0.2.11', mac: null, proxy: true },
];

/** What was asked of the console: method, path, query without the stack, body. */
export type Asked = readonly [string, string, object, object?];

export class FakeConsole {
  readonly asked: Asked[] = [];
  refusal: CliError | undefined;

  async stackOr(name: string | undefined): Promise<string> {
    return name ?? 'lone';
  }

  async get(path: string, query: object): Promise<unknown> {
    const tables: Record<string, unknown> = {
      '/api/interfaces': [ETH0, ETH1],
      '/api/routes': ROUTES,
      '/api/neighbours': NEIGHBOURS,
    };
    if (tables[path] !== undefined) return { lone: tables[path] };
    this.#note('GET', path, query);
    return {
      type: 'unicast',
      gateway: '192.0.2.1',
      interfaceIndex: 1,
      source: '192.0.2.2',
      mtu: 1400,
      mtuExpiresMs: 599_001,
      isRedirected: true,
    };
  }

  put = async (path: string, query: object, body: object) => this.#note('PUT', path, query, body);
  post = async (path: string, query: object, body: object) => this.#note('POST', path, query, body);
  delete = async (path: string, query: object) => this.#note('DELETE', path, query);

  #note(method: string, path: string, query: object, body?: object): void {
    const { stack, ...rest } = query as { stack: string };
    expect(stack).toBe('lone');
    this.asked.push(body === undefined ? [method, path, rest] : [method, path, rest, body]);
    if (this.refusal !== undefined) throw this.refusal;
  }
}
