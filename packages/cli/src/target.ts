import { type Config, withNats } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';
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

/** Whom to ask about running stacks: a console, or the layers over the NATS servers of `config`. */
export type Target =
  | { readonly kind: 'console'; readonly url: URL }
  | { readonly kind: 'layers'; readonly config: Config };

export function addTargetOptions(command: Command): Command {
  return command
    .option('--api <url>', `console to ask (default: ${DEFAULT_API.origin})`, httpUrl)
    .addOption(natsOption('ask the layers over NATS instead'))
    .addOption(configOption('over NATS: config file that names the stacks and the servers'));
}

/**
 * The target that the options name, else the environment, else the config (if its bus is NATS),
 * else the console of `strata up`. Throws ConfigError. Contradicting options are a usage error.
 */
export function targetOf(command: Command): Target {
  const { api, nats, config } = command.opts<TargetOptions>();
  if (api !== undefined && command.getOptionValueSource('nats') === 'cli') {
    command.error('error: --api asks a console, --nats the layers: leave one of them out');
  }
  if (api !== undefined) return { kind: 'console', url: api };
  const loaded = loadConfig(config);
  if (nats !== undefined) return { kind: 'layers', config: withNats(loaded, nats) };
  if (loaded.bus.kind === 'nats') return { kind: 'layers', config: loaded };
  return { kind: 'console', url: DEFAULT_API };
}
