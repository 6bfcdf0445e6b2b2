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

/** The config of `npm start`. */
const CONFIG = join(ROOT, 'strata.yaml');

/** Our running processes, for measurements of their memory. */
export interface StrataStand extends Stand {
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/**
 * All layers in one process, as `npm start` runs them: with the checkout's config, except for the
 * host's two ports.
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

/** The same, with the bench's servers beside ours in that process. */
export async function startOwnProgram(): Promise<StrataStand> {
  const netns = freshNamespace();
  const ports = [`${await freePort()}`, `${await freePort()}`];
  const program = await startProgram('in-one-process.ts', [CONFIG, netns, ...ports]);
  return { netns, address: SERVER, processes: [program], stop: () => stopAll([program]) };
}

/** Four services, each in its own process, over their own NATS server. */
export async function startServices(): Promise<StrataStand> {
  return serviceStand([]);
}

/** The same, with the bench's servers in a fifth process beside the application service. */
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

/** Throws if a process did not end normally. */
async function stopAll(processes: readonly LongRunning[]): Promise<void> {
  const codes = await Promise.all(processes.map((one) => one.stop()));
  const bad = processes.filter((_, index) => codes[index] !== 0);
  if (bad.length === 0) return;
  throw new Error(bad.map(({ name, stderr }) => `${name}:\n${stderr.slice(-2000)}`).join('\n'));
}
