import type { Command } from 'commander';
import { namespace, port } from '../arguments.ts';
import { configOption } from '../environment.ts';
import type { UpOptions } from '../up/run-up.ts';
import { addLogLevel } from './log-level.ts';

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
      // Loads all layers: no other command needs them.
      const { runUp } = await import('../up/run-up.ts');
      await runUp(options);
    });
  addLogLevel(command);
}
