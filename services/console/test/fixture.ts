import { MemoryBus } from '@strata/bus';
import {
  type CapturedFrame,
  type ControlReply,
  type ControlRequest,
  captureChannel,
  type ImpairmentSet,
  type ImpairmentSettings,
  type ProbeEvent,
  type ProbeRequest,
  type SocketFilter,
  type SocketInfo,
} from '@strata/contract';
import {
  type Config,
  ControlError,
  DeviceFeatures,
  type Health,
  SILENT,
  serveControl,
} from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';
import { type RunningConsole, startConsole } from '../src/index.ts';

const HEALTHY: Health = { ok: true, reasons: [] };

const UDP_SOCKET: SocketInfo = {
  socket: 77,
  protocol: 17,
  state: 'UNCONNECTED',
  local: { address: UNSPECIFIED_IPV4, port: 7 },
  remote: { address: UNSPECIFIED_IPV4, port: 0 },
  receiveQueue: 0,
  sendQueue: 0,
  endpoint: 'app',
  tcp: undefined,
  timers: [],
};

const NO_BYTES = new Uint8Array(0);

/** A time exceeded of a router for each probe. */
function answerOf({ sequence }: ProbeRequest): ProbeEvent {
  return {
    sequence,
    outcome: 'icmp error',
    from: ipv4Address(0xc0000201),
    ttl: 64,
    tos: 0,
    rttMs: 0.25,
    octets: 36,
    options: NO_BYTES,
    isDuplicate: false,
    isLate: false,
    type: 11,
    code: 0,
    mtu: 0,
    gateway: UNSPECIFIED_IPV4,
    pointer: 0,
    isLocal: false,
    quoted: new Uint8Array([0x45, 0]),
    data: undefined,
    hasBadChecksum: false,
    error: '',
  };
}

/** A console on a bus where stack `server` has layers that answer as the test says. */
const NEIGHBOUR = {
  interfaceIndex: 1,
  address: ipv4Address(0xc0000201),
  mac: undefined,
  state: 'incomplete',
  ageMs: 0,
  usedAgeMs: 0,
  updatedAgeMs: 0,
  probes: 1,
  proxy: false,
} as const;

export class Fixture {
  /** Requests to change neighbours. */
  readonly neighbourRequests: ControlRequest[] = [];
  readonly bus = new MemoryBus();
  readonly config: Config = validateConfig(
    {
      wires: { lan: {} },
      stacks: {
        server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }] },
        client: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.3/24'] }] },
      },
      console: { listen: '127.0.0.1:0' },
    },
    'the test',
  );
  health: Health = HEALTHY;
  readonly knobs = new Map([['net.ipv4.tcp_sack', '1']]);
  readonly leases: number[] = [];
  /** What was asked for, each time. */
  readonly socketFilters: SocketFilter[] = [];
  readonly probeRuns: unknown[] = [];
  impairment: ImpairmentSettings | undefined;
  readonly impairmentSets: ImpairmentSet[] = [];
  /** Of `eth0`. */
  readonly features = new DeviceFeatures({ offload: true });
  #console: RunningConsole | undefined;

  async start(): Promise<void> {
    this.#serveLink();
    this.#serveRest();
    this.#console = await startConsole({
      bus: this.bus,
      config: this.config,
      log: SILENT,
      health: () => this.health,
    });
  }

  async stop(): Promise<void> {
    await this.#console?.stop();
    await this.bus.close();
  }

  get url(): string {
    return this.#console!.url;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  put(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** A frame that link captures. */
  capture(frame: Uint8Array, interfaceIndex = 1, more: Partial<CapturedFrame> = {}): void {
    this.bus.publish(captureChannel('server'), [
      {
        interfaceIndex,
        interfaceName: `eth${interfaceIndex - 1}`,
        direction: 'in',
        timestampUs: 1_700_000_000_000_000,
        frame,
        originalOctets: frame.byteLength,
        dropReason: undefined,
        segmentSize: 0,
        checksum: 'complete',
        ...more,
      },
    ]);
  }

  #common(layer: string) {
    return {
      bus: this.bus,
      stack: 'server',
      layer,
      log: SILENT,
      health: () => HEALTHY,
      counters: () => ({ [`${layer}_things`]: 3 }),
    };
  }

  #serveLink(): void {
    serveControl({
      ...this.#common('link'),
      handlers: {
        interfaces: () => ({
          kind: 'interfaces',
          interfaces: [
            {
              index: 1,
              name: 'eth0',
              kind: 'wire',
              mac: 0x020000000002,
              mtu: 1500,
              up: true,
              addresses: [{ address: ipv4Address(0xc0000202), prefixLength: 24 }],
              counters: { rx_packets: 7 },
              noArp: false,
              maxMtu: 1500,
            },
          ],
        }),
        neighbours: () => ({ kind: 'neighbours', neighbours: [NEIGHBOUR] }),
        'neighbour-set': (request) => this.#neighbour(request),
        'neighbour-delete': (request) => this.#neighbour(request),
        'neighbours-flush': (request) => this.#neighbour(request),
        capture: ({ leaseMs }) => {
          this.leases.push(leaseMs);
          return { kind: 'capture', leaseMs };
        },
        'impairment-set': (request) => {
          const { interfaceName, wireName, impairment } = request;
          if (interfaceName !== 'eth0' && wireName !== 'lan') {
            throw new ControlError('not-found', 'no such interface or wire');
          }
          this.impairment = impairment;
          this.impairmentSets.push(request);
          return { kind: 'impairment', impairment };
        },
        impairments: ({ interfaceName }) => ({
          kind: 'impairments',
          impairments: [
            {
              interfaceName: interfaceName || 'eth0',
              direction: 'out',
              impairment: this.impairment,
              wireName: 'lan',
              fromWire: false,
              counters: { lost: 3 },
              backlogFrames: 1,
              backlogOctets: 60,
              shared: false,
            },
          ],
        }),
        'features-get': ({ interfaceName }) => this.#features(interfaceName),
        'features-set': ({ interfaceName, switches }) => {
          this.features.set(switches.map(({ name, on }) => [name, on]));
          return this.#features(interfaceName);
        },
        'sysctl-get': () => ({ kind: 'sysctls', sysctls: [] }),
      },
    });
  }

  #neighbour(request: ControlRequest): ControlReply {
    this.neighbourRequests.push(request);
    return { kind: 'neighbours', neighbours: [NEIGHBOUR] };
  }

  #features(interfaceName: string): ControlReply {
    if (!['', 'eth0'].includes(interfaceName)) {
      throw new ControlError('not-found', `there is no interface ${interfaceName}; there is: eth0`);
    }
    const features = this.features.list();
    return { kind: 'features', interfaces: [{ name: 'eth0', kind: 'wire', features }] };
  }

  #serveRest(): void {
    serveControl({
      ...this.#common('network'),
      handlers: {
        'sysctl-get': () => ({ kind: 'sysctls', sysctls: [] }),
        probe: ({ kind: _kind, ...run }) => {
          this.probeRuns.push(run);
          const { session, probes } = run;
          if (session === 9) throw new ControlError('not-found', 'there is no probe session 9');
          return { kind: 'probes', session: 7, events: probes.map(answerOf), lost: 0 };
        },
        routes: () => ({
          kind: 'routes',
          routes: [
            {
              destination: { address: UNSPECIFIED_IPV4, prefixLength: 0 },
              gateway: ipv4Address(0xc0000201),
              interfaceIndex: 1,
              metric: 0,
              preferredSource: UNSPECIFIED_IPV4,
              type: 'unicast',
              protocol: 4,
              mtu: 0,
            },
          ],
        }),
      },
    });
    const list = () => ({
      kind: 'sysctls' as const,
      sysctls: [...this.knobs].map(([name, value]) => ({ name, value })),
    });
    serveControl({
      ...this.#common('transport'),
      handlers: {
        sockets: ({ kind, ...filter }) => {
          this.socketFilters.push(filter);
          return { kind, sockets: [UDP_SOCKET] };
        },
        'sysctl-get': list,
        'sysctl-set': ({ name, value }) => {
          if (value === '2') throw new ControlError('out-of-range', `${name}: 2 is too much`);
          this.knobs.set(name, value);
          return list();
        },
      },
    });
  }
}

/** The first `count` lines that a response streams. */
export async function readLines(response: Response, count: number): Promise<unknown[]> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.split('\n').length <= count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text
    .split('\n')
    .slice(0, count)
    .map((line) => JSON.parse(line));
}
