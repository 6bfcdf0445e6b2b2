import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats } from '@strata/bus';
import { startNatsServer } from '@strata/conformance';
import { Lifecycle, SILENT, withNats } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startApplication } from '@strata/service-application';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { type Composition, startComposition } from '../../src/index.ts';

const host = (address: string) => ({ interfaces: [{ wire: 'lan', addresses: [address] }] });

/** `server` (192.0.2.2, with the small services and HTTP) and `client` (192.0.2.3) on one wire. */
const RAW = {
  wires: { lan: {} },
  stacks: {
    server: {
      ...host('192.0.2.2/24'),
      applications: { echo: {}, discard: {}, chargen: {}, daytime: {}, time: {}, http: {} },
    },
    client: host('192.0.2.3/24'),
  },
  forwards: [{ listen: '127.0.0.1:0', stack: 'client', to: '192.0.2.2:7' }],
  console: { listen: '127.0.0.1:0' },
};

/** The two stacks, running, and the options by which a command finds them. */
export interface RunningStacks {
  readonly target: readonly string[];
  stop(): Promise<void>;
}

/** The two stacks as `strata up` runs them. */
export interface OneProcess extends RunningStacks {
  readonly composition: Composition;
}

/** Starts them in this process, with a console. A forward leads to the server's echo. */
export async function startOneProcess(): Promise<OneProcess> {
  const lifecycle = new Lifecycle(SILENT);
  const config = validateConfig(RAW, 'the test');
  const composition = await startComposition(config, lifecycle, SILENT);
  lifecycle.ready();
  const target = ['--api', composition.console.url];
  return { composition, target, stop: () => lifecycle.drain() };
}

/** Starts them over a NATS server of their own, each layer with a connection; without a console. */
export async function startOverNats(): Promise<RunningStacks> {
  const lifecycle = new Lifecycle(SILENT);
  const folder = mkdtempSync(join(tmpdir(), 'strata-cli-'));
  lifecycle.add('folder', { stop: async () => rmSync(folder, { recursive: true }) });
  const nats = lifecycle.add('nats', await startNatsServer());
  const config = withNats(validateConfig(RAW, 'the test'), nats.url);
  const file = join(folder, 'strata.yaml');
  writeFileSync(file, JSON.stringify(RAW));
  for (const start of [startLink, startNetwork, startTransport, startApplication]) {
    for (const stack of Object.keys(RAW.stacks)) {
      const bus = await connectNats({ servers: nats.url, name: 'test' });
      lifecycle.add('bus', { stop: () => bus.close() });
      lifecycle.add(stack, await start({ bus, config, stack, log: SILENT }));
    }
  }
  const target = ['--nats', nats.url, '--config', file];
  return { target, stop: () => lifecycle.drain() };
}

/** Both ways in which the stacks run. */
export const COMPOSITIONS = [
  ['in one process', startOneProcess],
  ['over NATS', startOverNats],
] as const;
