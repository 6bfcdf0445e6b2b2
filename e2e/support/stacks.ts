import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeAtEnd } from '@strata/conformance';
import { LongRunning } from './process.ts';

export const STRATA = fileURLToPath(new URL('../../packages/cli/bin/strata.js', import.meta.url));
export const SERVER = '192.0.2.2';
export const LAYERS = ['link', 'network', 'transport', 'application'] as const;
export type Layer = (typeof LAYERS)[number];

/** Makes names unique: each test file counts from 1, and one process runs all files. */
const FILE = randomBytes(3).toString('hex');
let made = 0;

/**
 * A unique name for a network namespace. The namespace is removed when this process ends, if not
 * before.
 */
export function freshNamespace(): string {
  made += 1;
  const name = `strata-e2e-${process.pid}-${FILE}-${made}`;
  removeAtEnd('namespace', name);
  return name;
}

/** A folder that is removed at the end of the process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-e2e-'));
  removeAtEnd('folder', folder);
  return folder;
}

/** A TCP port of the loopback address that is currently free. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * The impairment of a wire in one direction, with the config's fields. Absent: none of that kind.
 */
export interface ImpairmentOptions {
  readonly lossRatio?: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly duplicateRatio?: number;
  readonly reorderRatio?: number;
  readonly ceMarkRatio?: number;
  readonly rateBitsPerSecond?: number;
  readonly limitFrames?: number;
  readonly seed?: number;
}

export interface ConfigOptions {
  /** The folder that /files/ serves. */
  readonly files?: string;
  readonly consolePort: number;
  /** Port of the loopback address that is forwarded to the server's port 80. */
  readonly forwardPort?: number;
  /** Impairment of the server's interface, in both directions. */
  readonly impairment?: { readonly lossRatio: number; readonly delayMs: number };
  /** Address of the server. Default 192.0.2.2/24. */
  readonly serverAddress?: string;
  /** The next hop of the server's default route. Default: it has none. */
  readonly serverGateway?: string;
  /** What the server's link service does with the TAP. Default: `direct`. */
  readonly serviceTap?: 'direct' | 'bridge';
  /** Impairment of the frames that each station sends on the wire, including the host. */
  readonly wireImpairment?: ImpairmentOptions;
}

/**
 * Writes a config file for a server and a client stack on one wire with a TAP. Returns its path.
 */
export function writeConfig(options: ConfigOptions): string {
  const impairment = options.impairment && { in: options.impairment, out: options.impairment };
  const config = {
    wires: {
      lan: {
        tap: { name: 'strata0', address: '192.0.2.1/24' },
        ...(options.wireImpairment && { impairment: options.wireImpairment }),
      },
    },
    stacks: {
      server: {
        interfaces: [
          {
            wire: 'lan',
            addresses: [options.serverAddress ?? '192.0.2.2/24'],
            ...(impairment ? { impairment } : {}),
          },
        ],
        ...(options.serverGateway && {
          routes: [{ to: 'default', via: options.serverGateway }],
        }),
        ...(options.serviceTap && { serviceTap: options.serviceTap }),
        applications: {
          ...{ echo: {}, discard: {}, chargen: {}, daytime: {}, time: {} },
          http: options.files ? { files: options.files } : {},
        },
      },
      client: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.3/24'] }] },
    },
    forwards:
      options.forwardPort === undefined
        ? []
        : [{ listen: `127.0.0.1:${options.forwardPort}`, stack: 'client', to: '192.0.2.2:80' }],
    console: { listen: `127.0.0.1:${options.consolePort}` },
  };
  const path = join(temporaryFolder(), 'strata.yaml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config, undefined, 2));
  return path;
}

/** A running stack, of any composition of processes. */
export interface RunningStack {
  readonly netns: string;
  readonly processes: readonly LongRunning[];
  /** The address of the console. Undefined if none runs. */
  readonly api: string | undefined;
  /** Arguments with which `strata trace` finds the stack. */
  readonly traceArguments: readonly string[];
  stop(): Promise<void>;
}

/** A stack of services. Each can be stopped and started again. */
export interface RunningServices extends RunningStack {
  /** The process of a layer that was started last. */
  layer(name: Layer): LongRunning;
  /** Starts a layer again, without waiting until it is ready. */
  launch(name: Layer): LongRunning;
}

/**
 * Starts `strata up`: all layers in one process. `netns`: an existing namespace, which stays.
 * Default: a new one. `nodeArguments`: arguments of node itself.
 */
export async function startOneProcess(
  options: Omit<ConfigOptions, 'consolePort'> = {},
  netns = freshNamespace(),
  nodeArguments: readonly string[] = [],
): Promise<RunningStack> {
  const consolePort = await freePort();
  const config = writeConfig({ ...options, consolePort });
  const up = new LongRunning('strata up', process.execPath, [
    ...nodeArguments,
    STRATA,
    'up',
    '--config',
    config,
    '--netns',
    netns,
  ]);
  await up.saysWithin('ready', 30_000);
  return {
    netns,
    processes: [up],
    api: `http://127.0.0.1:${consolePort}`,
    traceArguments: ['--api', `http://127.0.0.1:${consolePort}`],
    async stop() {
      const code = await up.stop();
      if (code !== 0) throw new Error(`strata up ended with ${code}:\n${up.stderr.slice(-3000)}`);
    },
  };
}

/** Starts `strata service LAYER`, without waiting until it is ready. */
export function launchService(
  layer: string,
  natsUrl: string,
  config: string,
  extra: readonly string[] = [],
): LongRunning {
  return new LongRunning(`strata service ${layer}`, process.execPath, [
    STRATA,
    'service',
    layer,
    '--nats',
    natsUrl,
    '--config',
    config,
    ...extra,
  ]);
}

/**
 * Starts four services, each in its own process, over a running NATS server. `netns`: an existing
 * namespace, which stays. Default: a new one.
 */
export async function startServices(
  natsUrl: string,
  options: Omit<ConfigOptions, 'consolePort'> = {},
  netns = freshNamespace(),
): Promise<RunningServices> {
  const config = writeConfig({ ...options, consolePort: await freePort() });
  const processes = new Map<Layer, LongRunning>();
  const launch = (layer: Layer) => {
    const extra = layer === 'link' ? ['--netns', netns] : [];
    const process = launchService(layer, natsUrl, config, extra);
    processes.set(layer, process);
    return process;
  };
  for (const layer of LAYERS) launch(layer);
  for (const one of processes.values()) await one.saysWithin('ready', 30_000);
  return {
    netns,
    get processes() {
      return [...processes.values()];
    },
    api: undefined,
    traceArguments: ['--nats', natsUrl],
    layer: (name) => processes.get(name)!,
    launch,
    async stop() {
      const all = [...processes.values()];
      const codes = await Promise.all(all.map((one) => one.stop()));
      const bad = all.filter((_, index) => codes[index] !== 0);
      if (bad.length > 0) {
        throw new Error(bad.map((one) => `${one.name}:\n${one.stderr.slice(-2000)}`).join('\n'));
      }
    },
  };
}
