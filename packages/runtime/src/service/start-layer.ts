import { SYSTEM_CLOCK } from '../clock.ts';
import type { Running } from '../running.ts';
import { runAlone } from '../single-instance/run-alone.ts';
import { DrivenCore } from './driven-core.ts';
import type { LayerContext, LayerOptions, LayerWiring } from './layer-wiring.ts';
import type { OutcomeListener } from './outcome-feed.ts';
import { type StackLayer, serveLayer } from './served-layer.ts';

/** A running layer of a stack. */
export interface RunningLayer extends Running {
  /**
   * Reports what the core does with each input from now on, and why (docs/outcomes.md). It costs
   * CPU only while somebody listens. Returns how to stop it.
   */
  observeOutcomes(listener: OutcomeListener): () => void;
}

/**
 * Starts a layer with a core: makes the driver, opens the inputs, and serves control. Rejects with
 * InstanceError if the stack already has this layer, and with what `wire` throws. Then nothing
 * stays open.
 */
export async function startLayer(
  layer: Exclude<StackLayer, 'application'>,
  options: LayerOptions,
  wire: (context: LayerContext) => LayerWiring,
): Promise<RunningLayer> {
  let core: DrivenCore | undefined;
  const running = await runAlone(layer, options, async () => {
    const { bus, config, stack, clock = SYSTEM_CLOCK, epochOf } = options;
    const log = options.log.child({ layer, stack });
    const context: LayerContext = {
      bus,
      config,
      stack,
      log,
      clock,
      epochOf,
      run: (action) => started.run(action),
    };
    const wiring = wire(context);
    const name = `${layer} ${stack}`;
    const started = new DrivenCore(name, wiring, { ...context, onError: options.onError });
    core = started;
    try {
      started.open();
      return serveLayer(layer, context, {
        counters: () => started.counters(),
        health: wiring.health,
        sysctl: wiring.sysctl,
        handlers: wiring.handlers,
        end: () => started.end(),
      });
    } catch (error) {
      await started.abandon();
      throw error;
    }
  });
  return {
    stop: () => running.stop(),
    health: () => running.health(),
    counters: () => running.counters(),
    observeOutcomes: (listener) => core!.outcomes.listen(listener),
  };
}
