import { existsSync } from 'node:fs';
import { DEFAULT_CONFIG_FILE, DEFAULT_STACKS } from '@strata/runtime/names';
import type { Command } from 'commander';
import { httpUrl } from './arguments.ts';
import { configOption, natsOption } from './environment.ts';

const DEFAULT_API = new URL('http://127.0.0.1:7777');

/** Options that locate the running stacks. */
export interface TargetOptions {
  readonly api?: URL;
  readonly nats?: string;
  readonly config?: string;
}

/** The layers of these stacks, over NATS. */
export interface Layers {
  readonly kind: 'layers';
  /** Addresses of NATS servers. */
  readonly servers: readonly string[];
  /** The names of the stacks, in the config's order. */
  readonly stacks: readonly string[];
}

/** Whom to ask about running stacks: a console, or the layers over NATS. */
export type Target = { readonly kind: 'console'; readonly url: URL } | Layers;

export function addTargetOptions(command: Command): Command {
  return command
    .option('--api <url>', `console to ask (default: ${DEFAULT_API.origin})`, httpUrl)
    .addOption(natsOption('ask the layers over NATS instead'))
    .addOption(configOption('over NATS: config file that names the stacks and the servers'));
}

/**
 * The target that the options name, else the environment, else the config (if its bus is NATS),
 * else the console of `strata up`. Rejects with ConfigError. Contradicting options are a usage
 * error.
 */
export async function targetOf(command: Command): Promise<Target> {
  const { api, nats, config } = command.opts<TargetOptions>();
  if (api !== undefined && command.getOptionValueSource('nats') === 'cli') {
    command.error('error: --api asks a console, --nats the layers: leave one of them out');
  }
  if (api !== undefined) return { kind: 'console', url: api };
  const { servers, stacks } = await layersOf(config);
  if (nats !== undefined) return { kind: 'layers', servers: nats.split(','), stacks };
  if (servers !== undefined) return { kind: 'layers', servers, stacks };
  return { kind: 'console', url: DEFAULT_API };
}

/** What the config `file` says of the stacks, and of the servers if its bus is NATS. */
async function layersOf(
  file: string | undefined,
): Promise<{ readonly servers?: readonly string[]; readonly stacks: readonly string[] }> {
  // What reads a config takes longer to load than all the rest: without a file it is not needed.
  if (file === undefined && !existsSync(DEFAULT_CONFIG_FILE)) {
    return { stacks: Object.keys(DEFAULT_STACKS) };
  }
  const { loadConfig } = await import('@strata/runtime/config');
  const { bus, stacks } = loadConfig(file);
  const names = Object.keys(stacks);
  return bus.kind === 'nats' ? { servers: bus.servers, stacks: names } : { stacks: names };
}
