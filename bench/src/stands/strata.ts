import { join } from 'node:path';
import {
  freePort,
  freshNamespace,
  LAYERS,
  LongRunning,
  launchService,
  STRATA,
  startNatsServer,
} from '@strata/e2e';
import type { Stand } from './lab.ts';
import { ROOT, startProgram } from './program.ts';

/** The server's address in the default config. */
const SERVER = '192.0.2.2';

/** What `npm start` runs with. */
const CONFIG = join(ROOT, 'strata.yaml');

/** Processes of ours that run, for those who ask for their memory. */
export interface StrataStand extends Stand {
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/**
 * All in one process, as `npm start` runs it: the config of the checkout, but for the two ports of
 * the host.
 */
export async function startUp(): Promise<StrataStand> {
  const netns = freshNamespace();
  const ports = ['--http-port', `${await freePort()}`, '--console-port', `${await freePort()}`];
  const args = [STRATA, 'up', '--config', CONFIG, '--netns', netns, ...ports];
  const up = new LongRunning('strata up', process.execPath, args, { cwd: ROOT });
  await up.saysWithin('ready', 30_000);
  return {
    netns,
    address: SERVER,
    processes: [up],
    stop: () => stopAll([up]),
  };
}

/** The same with the bench's own servers beside ours, in that process. */
export async function startOwnProgram(): Promise<Stand> {
  const netns = freshNamespace();
  const ports = [`${await freePort()}`, `${await freePort()}`];
  const program = await startProgram('in-one-process.ts', [CONFIG, netns, ...ports]);
  return { netns, address: SERVER, stop: () => stopAll([program]) };
}

/** Four services, each a process of its own, over a NATS server of their own. */
export async function startServices(): Promise<StrataStand> {
  return serviceStand([]);
}

/** The same with the bench's own servers beside the application service, in a fifth process. */
export async function startServicesWithOwnProgram(): Promise<StrataStand> {
  return serviceStand(['over-nats.ts']);
}

async function serviceStand(programs: readonly string[]): Promise<StrataStand> {
  const nats = await startNatsServer();
  const netns = freshNamespace();
  const services = LAYERS.map((layer) =>
    launchService(layer, nats.url, CONFIG, layer === 'link' ? ['--netns', netns] : []),
  );
  for (const one of services) await one.saysWithin('ready', 30_000);
  const own: LongRunning[] = [];
  for (const script of programs) own.push(await startProgram(script, [nats.url]));
  return {
    netns,
    address: SERVER,
    processes: services,
    async stop() {
      await stopAll(own);
      await stopAll(services);
      await nats.stop();
    },
  };
}

/** Throws where one of them did not end in order. */
async function stopAll(processes: readonly LongRunning[]): Promise<void> {
  const codes = await Promise.all(processes.map((one) => one.stop()));
  const bad = processes.filter((_, index) => codes[index] !== 0);
  if (bad.length === 0) return;
  throw new Error(bad.map(({ name, stderr }) => `${name}:\n${stderr.slice(-2000)}`).join('\n'));
}
