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
 * When all layers are told to stop at once, each waits for those above it: their last words, such
 * as RST, pass through it. Each waits longer than the one above may take. An application takes 1.5
 * s for answers in progress and 2 s to close its sockets.
 */
const ABOVE = {
  application: { layers: [], timeoutMs: 0 },
  transport: { layers: ['application'], timeoutMs: 4500 },
  network: { layers: ['transport'], timeoutMs: 5500 },
  link: { layers: ['transport', 'network'], timeoutMs: 6500 },
} as const;

/** What a layer's service is made of, for those who ask it and those who stop it. */
export interface LayerParts {
  /** The layer's own counters. Those of the bus are added. */
  counters(): Counters;
  /** The health of what the layer needs beside the bus, by its name. Default: nothing. */
  readonly health?: (() => Readonly<Record<string, Health>>) | undefined;
  /** Reads and changes the knobs of the layer's core. Default: it has none. */
  readonly sysctl?: Omit<SysctlStoreOptions, 'layer'> | undefined;
  /** What the layer answers beside `health`, `counters` and `sysctl-*`. */
  readonly handlers?: ControlHandlers | undefined;
  /**
   * Ends the work: publishes the last words, and gives back devices and subscriptions. Called once,
   * after the layers above ended.
   */
  end(): Promise<void> | void;
}

/**
 * Serves the control requests of a layer that has started, and tells its health and counters.
 * `stop()` drains it, in this order:
 *
 * 1. `health` requests are answered with `draining`.
 * 2. It waits for the layers above, some seconds at most.
 * 3. `end()` of the parts; then all that was published leaves this process.
 * 4. Control requests find nobody any more: the layer below knows that this one has ended.
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
