import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';
import { IpError, noDevice, refusedBy } from './ip-error.ts';

/** An interface in the console's API. */
export interface ApiInterface {
  /** 0: loopback. */
  readonly index: number;
  readonly name: string;
  readonly kind: 'tap' | 'wire' | 'loopback';
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** `192.0.2.2/24` */
  readonly addresses: readonly string[];
  /** In the order of the addresses; empty or absent: all are preferred. */
  readonly addressStates?: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly noArp: boolean;
  readonly maxMtu: number;
}

export interface ApiRoute {
  /** `0.0.0.0/0` */
  readonly destination: string;
  readonly gateway: string | null;
  readonly interfaceIndex: number;
  readonly metric: number;
  readonly preferredSource: string | null;
  readonly type: string;
  readonly protocol: number;
  readonly mtu: number;
  /** The ways, if there are several. */
  readonly nexthops?: readonly ApiNexthop[];
}

export interface ApiNexthop {
  readonly gateway: string | null;
  readonly interfaceIndex: number;
  readonly weight: number;
}

export interface ApiNeighbour {
  readonly interfaceIndex: number;
  readonly address: string;
  readonly mac: string | null;
  readonly state: string;
  readonly ageMs: number;
  readonly usedAgeMs: number;
  readonly updatedAgeMs: number;
  readonly probes: number;
  readonly proxy: boolean;
}

/** Loopback is network's own: link does not know it. */
const LOOPBACK: ApiInterface = {
  index: 0,
  name: 'lo',
  kind: 'loopback',
  mac: '00:00:00:00:00:00',
  mtu: 65535,
  up: true,
  addresses: ['127.0.0.1/8'],
  counters: {},
  noArp: false,
  maxMtu: 65535,
};

/** One stack, asked through a console. Its refusals are worded as rtnetlink words them. */
export class AskedStack {
  readonly #api: ConsoleApi;
  readonly #stack: string;
  #interfaces: Promise<readonly ApiInterface[]> | undefined;

  constructor(api: ConsoleApi, stack: string) {
    this.#api = api;
    this.#stack = stack;
  }

  /** The interfaces, loopback first. They are asked for once. */
  interfaces(): Promise<readonly ApiInterface[]> {
    this.#interfaces ??= this.#list<ApiInterface>('/api/interfaces').then((all) => [
      LOOPBACK,
      ...all,
    ]);
    return this.#interfaces;
  }

  /** The interface of this name. Throws IpError: `Cannot find device`. */
  async device(name: string): Promise<ApiInterface> {
    const found = (await this.interfaces()).find((each) => each.name === name);
    if (found === undefined) throw noDevice(name);
    return found;
  }

  async nameOf(index: number): Promise<string> {
    const found = (await this.interfaces()).find((each) => each.index === index);
    return found?.name ?? `if${index}`;
  }

  routes(): Promise<readonly ApiRoute[]> {
    return this.#list('/api/routes');
  }

  neighbours(): Promise<readonly ApiNeighbour[]> {
    return this.#list('/api/neighbours');
  }

  async #list<Row>(path: string): Promise<readonly Row[]> {
    const answer = await this.ask(() =>
      this.#api.get<Record<string, Row[] | null>>(path, { stack: this.#stack }),
    );
    return answer[this.#stack] ?? [];
  }

  get<Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    return this.ask(() => this.#api.get<Answer>(path, { stack: this.#stack, ...query }));
  }

  put<Answer>(path: string, query: Readonly<Record<string, string>>, body: object) {
    return this.ask(() => this.#api.put<Answer>(path, { stack: this.#stack, ...query }, body));
  }

  post<Answer>(path: string, query: Readonly<Record<string, string>>, body: object) {
    return this.ask(() => this.#api.post<Answer>(path, { stack: this.#stack, ...query }, body));
  }

  delete<Answer>(path: string, query: Readonly<Record<string, string>>) {
    return this.ask(() => this.#api.delete<Answer>(path, { stack: this.#stack, ...query }));
  }

  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof CliError) || error.errno === undefined) throw error;
      throw KNOWN[error.errno]?.(error.message) ?? refusedBy(error.errno, error.message);
    }
  }
}

/** The errors for which the kernel has more words than the error's number. */
const KNOWN: Readonly<Record<string, (message: string) => IpError | undefined>> = {
  EADDRNOTAVAIL: (message) => new IpError(`Error: ipv4: Address not found (${message}).`, 2),
  ENETDOWN: (message) => new IpError(`Error: Device for nexthop is not up (${message}).`, 2),
  ENETUNREACH: (message) =>
    message.includes('gateway')
      ? new IpError(`Error: Nexthop has invalid gateway (${message}).`, 2)
      : undefined,
};
