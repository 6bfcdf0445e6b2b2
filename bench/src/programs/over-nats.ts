/**
 * over-nats.ts URL: starts servers of a few lines each on the stack `server`, beside the
 * application service.
 */
import { connectNats } from '@strata/bus';
import { createLogger, runUntilSignal } from '@strata/runtime';
import { createStack } from '@strata/sockets';
import { startServersOn } from './on-stack.ts';

const log = createLogger('warn');

await runUntilSignal({
  log,
  async start(lifecycle) {
    const bus = await connectNats({ servers: process.argv[2]!, name: 'strata-bench' });
    lifecycle.add('bus', { stop: () => bus.drain() });
    const stack = createStack({ bus, stack: 'server', log });
    lifecycle.add('servers', { stop: () => stack.close(0) });
    await startServersOn(stack);
  },
  onReady: () => console.log('ready'),
});
