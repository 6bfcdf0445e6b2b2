import { type Config, hasTap, type LogLevel, recheckConfig, withNetns } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';
import type { Command } from 'commander';
import { namespace, port } from '../arguments.ts';
import { configOption } from '../environment.ts';
import { CliError } from '../failure.ts';
import { CHANGED_CONFIG, createLog, runServer, tell, withoutHealth } from '../run.ts';
import { type Composition, startComposition, withoutTaps } from '../up/composition.ts';
import { readyLine } from '../up/ready-line.ts';
import { addLogLevel } from './log-level.ts';

interface UpOptions {
  readonly config?: string;
  readonly netns?: string;
  readonly tap: boolean;
  readonly httpPort?: number;
  readonly consolePort?: number;
  readonly logLevel?: LogLevel;
}

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('run all stacks of the config in this process')
    .addOption(configOption('config file (default: strata.yaml, or the built-in config)'))
    .option(
      '--netns <name>',
      "put the host's end of the TAP into this network namespace",
      namespace,
    )
    .option('--no-tap', 'run without the TAP device')
    .option('--http-port <port>', 'port of this host for the first forward', port)
    .option('--console-port <port>', 'port of the console', port)
    .action(async (options: UpOptions) => {
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
    });
  addLogLevel(command);
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
