import { Lifecycle, SILENT } from '@strata/runtime';
import type { Lab } from '@strata/runtime/lab';
import { createLabRoutes } from '../../src/lab/api.ts';
import { startComposition } from '../../src/up/composition.ts';

/** Starts a lab in this process, with its console on a free port. */
export async function startLab({ config }: Lab) {
  const lifecycle = new Lifecycle(SILENT);
  const free = { ...config, console: { listen: { host: '127.0.0.1', port: 0 } } };
  const { console } = await startComposition(free, lifecycle, SILENT, { routes: createLabRoutes });
  lifecycle.ready();
  return { port: new URL(console.url).port, stop: () => lifecycle.drain() };
}
