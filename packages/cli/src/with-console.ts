import { connectNats } from '@strata/bus';
import { loadConfig, SILENT, withNats } from '@strata/runtime';
import { startConsole } from '@strata/service-console';
import type { Command } from 'commander';
import { httpUrl, natsServers } from './arguments.ts';
import { ConsoleApi } from './console-api.ts';
import { tell } from './run.ts';

/** Where a command that asks once finds its answers. */
export interface ConsoleOptions {
  readonly api: URL;
  readonly nats?: string;
  readonly config?: string;
}

/** How long NATS may take to be there. */
const CONNECT_TIMEOUT_MS = 3000;

export function addConsoleOptions(command: Command): Command {
  return command
    .option('--api <url>', 'console to ask', httpUrl, new URL('http://127.0.0.1:7777'))
    .option('--nats <url>', 'ask the layers by way of NATS instead', natsServers)
    .option('--config <file>', 'with --nats: config file that names the stacks');
}

/** Asks the console that is there or, with `nats`, one that lives as long as the question. */
export async function withConsole(
  { api, nats, config }: ConsoleOptions,
  ask: (console: ConsoleApi) => Promise<void>,
): Promise<void> {
  if (nats === undefined) return ask(new ConsoleApi(api));
  const loaded = withNats(loadConfig(config), nats);
  const bus = await connectNats({
    servers: loaded.bus.servers,
    name: 'strata-tool',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${nats}`);
    },
  });
  try {
    const listen = { host: '127.0.0.1', port: 0 };
    const own = { ...loaded, console: { ...loaded.console, listen } };
    const running = await startConsole({ bus, config: own, log: SILENT });
    try {
      await ask(new ConsoleApi(new URL(running.url)));
    } finally {
      await running.stop();
    }
  } finally {
    await bus.close();
  }
}
