import { type Config, hasTap, type LogLevel, recheckConfig, withNetns } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';
import { CliError } from '../failure.ts';
import { tell } from '../run.ts';
import { CHANGED_CONFIG, createLog, runServer, withoutHealth } from '../run-server.ts';
import { type Composition, startComposition, withoutTaps } from './composition.ts';
import { readyLine } from './ready-line.ts';

export interface UpOptions {
  readonly config?: string;
  readonly netns?: string;
  readonly tap: boolean;
  readonly httpPort?: number;
  readonly consolePort?: number;
  readonly logLevel?: LogLevel;
}

/** `strata up`: runs all stacks until a signal. */
export async function runUp(options: UpOptions): Promise<void> {
  const folders = { foldersOf: () => true };
  const config = applyOptions(loadConfig(options.config, folders), options);
  recheckConfig(withoutHealth(config), CHANGED_CONFIG);
  // The output of `up` is for a person: the log starts at level warn, unless an option asks for
  // more.
  const log = createLog(config, options.logLevel ?? quieter(config));
  let composition: Composition | undefined;
  await runServer(
    log,
    async (lifecycle) => {
      composition = await startComposition(config, lifecycle, log);
      for (const note of composition.taps.notes) tell(note);
    },
    () => (composition === undefined ? '' : readyLine(config, composition)),
  );
}

function quieter(config: Config): LogLevel {
  return config.log.level === 'info' ? 'warn' : config.log.level;
}

function applyOptions(config: Config, options: UpOptions): Config {
  let changed = config;
  if (options.netns !== undefined) {
    if (!options.tap) throw new CliError('--netns and --no-tap contradict each other');
    if (!hasTap(config)) {
      throw new CliError('--netns: the config has no TAP (wires.*.tap)');
    }
    changed = withNetns(changed, options.netns);
  }
  if (!options.tap) changed = withoutTaps(changed);
  if (options.httpPort !== undefined) {
    const [first, ...others] = changed.forwards;
    if (first === undefined) throw new CliError('--http-port: the config has no forward');
    const listen = { ...first.listen, port: options.httpPort };
    changed = { ...changed, forwards: [{ ...first, listen }, ...others] };
  }
  if (options.consolePort !== undefined) {
    const listen = { ...changed.console.listen, port: options.consolePort };
    changed = { ...changed, console: { ...changed.console, listen } };
  }
  return changed;
}
