import { connectNats } from '@strata/bus';
import { SILENT } from '@strata/runtime';
import { startConsole } from '@strata/service-console';
import { ConsoleApi } from './console-api.ts';
import { tell } from './run.ts';
import type { Target } from './target.ts';

/** How long to wait for NATS. */
const CONNECT_TIMEOUT_MS = 3000;

/** Asks a running console. For a target over NATS it starts a console for the one question. */
export async function withConsole(
  target: Target,
  ask: (console: ConsoleApi) => Promise<void>,
): Promise<void> {
  if (target.kind === 'console') return ask(new ConsoleApi(target.url));
  const { config } = target;
  const { servers } = config.bus;
  const bus = await connectNats({
    servers,
    name: 'strata-tool',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${servers.join(', ')}`);
    },
  });
  try {
    const listen = { host: '127.0.0.1', port: 0 };
    const own = { ...config, console: { ...config.console, listen } };
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
