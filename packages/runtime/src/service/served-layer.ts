import { type ControlHandlers, type ControlService, serveControl } from '../control.ts';
import {
  busCounters,
  busHealth,
  type Counters,
  combineHealth,
  type Health,
  type Running,
  type ServiceContext,
} from '../running.ts';
import { SysctlStore, type SysctlStoreOptions } from '../sysctl-store.ts';
import { waitForAbove } from './wait-for-above.ts';

/** The layers of a stack that run as services. */
export type StackLayer = 'link' | 'network' | 'transport' | 'application';

/**
 * If all layers are told to stop at once, each waits for the layers above: their last PDUs, such as
 * RST, pass through it. Each waits longer than the layer above may take. An application takes 1.5 s
 * for answers in progress and 2 s to close its sockets.
 */
const ABOVE = {
  application: { layers: [], timeoutMs: 0 },
  transport: { layers: ['application'], timeoutMs: 4500 },
  network: { layers: ['transport'], timeoutMs: 5500 },
  link: { layers: ['transport', 'network'], timeoutMs: 6500 },
} as const;

/** What a layer provides for control, health, counters and stopping. */
export interface LayerParts {
  /** The layer's own counters. Those of the bus are added. */
  counters(): Counters;
  /** Health of what the layer needs beside the bus, by name. Default: nothing. */
  readonly health?: (() => Readonly<Record<string, Health>>) | undefined;
  /** Reads and changes the core's knobs. Default: it has none. */
  readonly sysctl?: Omit<SysctlStoreOptions, 'layer'> | undefined;
  /** What the layer answers beside `health`, `counters` and `sysctl-*`. */
  readonly handlers?: ControlHandlers | undefined;
  /**
   * Ends the work: publishes the last PDUs, and closes devices and subscriptions. Called once,
   * after the layers above ended.
   */
  end(): Promise<void> | void;
}

/**
 * Serves control requests of a started layer, and reports its health and counters. `context.log`
 * names layer and stack. `stop()` drains the layer, in this order:
 *
 * 1. `health` requests are answered with `draining`.
 * 2. It waits for the layers above, some seconds at most.
 * 3. It calls `end()`, and waits until all that was published left this process.
 * 4. It stops answering control requests. The layer below takes this as the end of this layer.
 */
export function serveLayer(layer: StackLayer, context: ServiceContext, parts: LayerParts): Running {
  return new ServedLayer(layer, context, parts);
}

class ServedLayer implements Running {
  readonly #layer: StackLayer;
  readonly #context: ServiceContext;
  readonly #parts: LayerParts;
  readonly #control: ControlService;
  #stopped: Promise<void> | undefined;

  constructor(layer: StackLayer, context: ServiceContext, parts: LayerParts) {
    this.#layer = layer;
    this.#context = context;
    this.#parts = parts;
    const { bus, stack, log } = context;
    const { sysctl, handlers } = parts;
    this.#control = serveControl({
      bus,
      stack,
      layer,
      log,
      health: () => this.health(),
      counters: () => this.counters(),
      sysctl:
        sysctl === undefined || layer === 'application'
          ? undefined
          : new SysctlStore({ ...sysctl, layer }),
      handlers,
    });
  }

  health(): Health {
    const bus = busHealth(this.#context.bus);
    const others = this.#parts.health?.();
    return others === undefined ? bus : combineHealth({ bus, ...others });
  }

  counters(): Counters {
    return { ...this.#parts.counters(), ...busCounters(this.#context.bus) };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { bus, stack } = this.#context;
    this.#control.drain();
    const { layers, timeoutMs } = ABOVE[this.#layer];
    if (layers.length > 0) await waitForAbove({ bus, stack, layers, timeoutMs });
    await this.#parts.end();
    await bus.flush();
    await this.#control.stop();
  }
}
