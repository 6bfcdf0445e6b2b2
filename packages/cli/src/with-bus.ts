import { type Bus, connectNats } from '@strata/bus';
import { tell } from './run.ts';
import type { Layers } from './target.ts';

/** How long to wait for NATS. */
const CONNECT_TIMEOUT_MS = 3000;

/** Connects to the NATS servers of the layers for as long as `action` takes. */
export async function withBus<Result>(
  { servers }: Layers,
  action: (bus: Bus) => Promise<Result>,
): Promise<Result> {
  const bus = await connectNats({
    servers,
    name: 'strata-tool',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    onWaiting: (_error, attempt) => {
      if (attempt === 1) tell(`waiting for NATS at ${servers.join(', ')}`);
    },
  });
  try {
    return await action(bus);
  } finally {
    await bus.close();
  }
}
