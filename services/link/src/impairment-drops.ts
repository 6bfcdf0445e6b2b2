import type { ImpairmentDrop, LinkCore } from '@strata/link';
import type { ImpairedPath, LayerContext, LayerWiring } from '@strata/runtime';
import type { Devices } from './counters.ts';

/**
 * The core's outcomes, and with them what the impairments of its interfaces drop. Impairments run
 * beside the core, so each batch of drops is an input of the core.
 */
export function withImpairmentDrops(
  core: LinkCore,
  devices: Devices,
  run: LayerContext['run'],
): LayerWiring['outcomes'] {
  const listen = (name: string, way: 'in' | 'out') => (drops: readonly ImpairmentDrop[]) =>
    run(() => {
      for (const drop of drops) core.noteImpairmentDrop(drop, `${name} ${way}`);
    });
  return {
    observe: (on) => {
      core.observe(on);
      const observe = (name: string, way: 'in' | 'out', path: ImpairedPath) =>
        path.observeDrops(on ? listen(name, way) : undefined);
      for (const device of devices) {
        if (device === undefined) continue;
        const { name, impairmentIn, impairmentOut } = device;
        observe(name, 'in', impairmentIn);
        observe(name, 'out', impairmentOut);
      }
    },
    pollOutcome: () => core.pollOutcome(),
  };
}
