import { SILENT } from '@strata/runtime';
import { startConsole } from '@strata/service-console';
import type { Layers } from './target.ts';
import { withBus } from './with-bus.ts';

/** Runs a console over the layers for as long as `ask` takes. */
export async function withOwnConsole(
  layers: Layers,
  ask: (url: URL) => Promise<void>,
): Promise<void> {
  await withBus(layers, async (bus) => {
    const config = {
      stacks: Object.fromEntries(layers.stacks.map((name) => [name, {}])),
      console: { listen: { host: '127.0.0.1', port: 0 } },
    };
    const running = await startConsole({ bus, config, log: SILENT });
    try {
      await ask(new URL(running.url));
    } finally {
      await running.stop();
    }
  });
}
