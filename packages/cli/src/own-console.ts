import { connectNats } from '@strata/bus';
import { SILENT } from '@strata/runtime';
import { startConsole } from '@strata/service-console';
import { tell } from './run.ts';
import type { Layers } from './target.ts';

/** How long to wait for NATS. */
const CONNECT_TIMEOUT_MS = 3000;

/** Runs a console over the layers for as long as `ask` takes. */
export async function withOwnConsole(
  { servers, stacks }: Layers,
  ask: (url: URL) => Promise<void>,
): Promise<void> {
  const bus = await connectNats({
    servers,
    name: 'strata-tool',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${servers.join(', ')}`);
    },
  });
  try {
    const config = {
      stacks: Object.fromEntries(stacks.map((name) => [name, {}])),
      console: { listen: { host: '127.0.0.1', port: 0 } },
    };
    const running = await startConsole({ bus, config, log: SILENT });
    try {
      await ask(new URL(running.url));
    } finally {
      await running.stop();
    }
  } finally {
    await bus.close();
  }
}
