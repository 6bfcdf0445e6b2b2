import { Option } from 'commander';
import { natsServers } from './arguments.ts';

/** `--nats <url>`, or STRATA_NATS. */
export function natsOption(description: string): Option {
  const option = new Option('--nats <url>', description).argParser(natsServers);
  return orVariable(option, 'STRATA_NATS');
}

/** `--config <file>`, or STRATA_CONFIG. */
export function configOption(description: string): Option {
  return orVariable(new Option('--config <file>', description), 'STRATA_CONFIG');
}

/**
 * An option wins over the environment, and the environment wins over the config or the default. An
 * empty variable counts as unset.
 */
function orVariable(option: Option, variable: string): Option {
  return process.env[variable] === '' ? option : option.env(variable);
}
