import { Argument, type Command } from 'commander';
import { choice, names, namespace, port } from '../arguments.ts';
import { configOption, natsOption } from '../environment.ts';
import { LAYERS, type Layer } from '../service/layers.ts';
import type { ServiceOptions } from '../service/run-service.ts';
import { addLogLevel } from './log-level.ts';

export function addService(program: Command): void {
  const command = program
    .command('service')
    .description('run one layer of a stack, over NATS')
    .addArgument(new Argument('<layer>').choices(LAYERS).argParser(choice(LAYERS)))
    .addOption(natsOption("NATS servers (default: the config's bus.servers)"))
    .addOption(configOption('config file (default: strata.yaml, or the built-in config)'))
    .option('--stack <name>', "the stack (default: the config's first)", names)
    .option('--health-port <port>', 'port of 127.0.0.1 for /healthz and /metrics', port)
    .option(
      '--netns <name>',
      "put the host's end of the TAP into this network namespace",
      namespace,
    )
    .action(async (layer: Layer, options: ServiceOptions) => {
      const { runService } = await import('../service/run-service.ts');
      await runService(layer, options);
    });
  addLogLevel(command);
}
