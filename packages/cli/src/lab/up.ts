import { basename, dirname } from 'node:path';
import { type Bus, connectNats } from '@strata/bus';
import {
  type Config,
  hasTap,
  type Lifecycle,
  type LogLevel,
  recheckConfig,
  withNats,
  withNetns,
} from '@strata/runtime';
import { type Lab, loadLab } from '@strata/runtime/lab';
import type { Execute } from '../execute.ts';
import { CliError } from '../failure.ts';
import { tell } from '../run.ts';
import { CHANGED_CONFIG, createLog, runServer, withoutHealth } from '../run-server.ts';
import { type Composition, startComposition, withoutTaps } from '../up/composition.ts';
import { readyLine } from '../up/ready-line.ts';
import { createLabRoutes } from './api.ts';
import { scheduleEvents } from './events.ts';
import { findLab } from './find.ts';
import { countParts } from './list.ts';

export interface LabUpOptions {
  readonly console?: number;
  readonly nats?: string;
  readonly netns?: string;
  readonly tap: boolean;
  readonly logLevel?: LogLevel;
}

/** Runs a lab in this process until a signal. */
export async function runLab(
  fileOrName: string,
  options: LabUpOptions,
  execute: Execute,
): Promise<never> {
  const file = findLab(fileOrName);
  const lab = loadLab(file);
  const config = applyOptions(lab.config, options);
  recheckConfig(withoutHealth(config), CHANGED_CONFIG, { foldersOf: () => true });
  const log = createLog(config, options.logLevel ?? 'warn');
  let composition: Composition | undefined;
  return runServer(
    log,
    async (lifecycle) => {
      const bus = options.nats === undefined ? undefined : await connect(config, lifecycle);
      composition = await startComposition(config, lifecycle, log, {
        bus,
        routes: createLabRoutes,
      });
      for (const note of composition.taps.notes) tell(note);
      lifecycle.add(
        'events',
        scheduleEvents(lab.events, new URL(composition.console.url), execute),
      );
    },
    () => {
      if (composition === undefined) return '';
      return `${nameOf(file, lab)}, ${readyLine(config, composition)}`;
    },
  );
}

/** The lab's name with its parts: `two-hosts (2 hosts, 1 switch)`. */
function nameOf(file: string, { nodes, wires }: Lab): string {
  const name = basename(file) === 'lab.yaml' ? basename(dirname(file)) : basename(file);
  return `${name} (${countParts(nodes, wires)})`;
}

function applyOptions(config: Config, { console, nats, netns, tap }: LabUpOptions): Config {
  let changed = config;
  if (netns !== undefined) {
    if (!tap) throw new CliError('--netns and --no-tap contradict each other');
    if (!hasTap(config)) throw new CliError('--netns: the lab has no tap');
    changed = withNetns(changed, netns);
  }
  if (!tap) changed = withoutTaps(changed);
  if (nats !== undefined) changed = withNats(changed, nats);
  if (console !== undefined) {
    const listen = { ...changed.console.listen, port: console };
    changed = { ...changed, console: { ...changed.console, listen } };
  }
  return changed;
}

/** Connects to NATS. While NATS is missing it waits, and prints that once. */
async function connect(config: Config, lifecycle: Lifecycle): Promise<Bus> {
  const { servers } = config.bus;
  const waiting = new AbortController();
  lifecycle.add('NATS connection attempt', { stop: () => waiting.abort() });
  const bus = await connectNats({
    servers,
    name: 'strata-lab',
    signal: waiting.signal,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${servers.join(', ')}`);
    },
  });
  lifecycle.add('bus', { stop: () => bus.drain() });
  return bus;
}
