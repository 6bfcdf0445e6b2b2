import type { EpochOf } from '@strata/bus';
import type { Clock } from '../clock.ts';
import type { Machine } from '../driver.ts';
import type { ServiceContext } from '../running.ts';
import type { OutcomeSource } from './outcome-feed.ts';
import type { Input, Output } from './ports.ts';
import type { LayerParts } from './served-layer.ts';

/** Options of each layer with a core. */
export interface LayerOptions extends ServiceContext {
  /** The layer's claim on each shard, for what it publishes. Default: it claims none. */
  readonly epochOf?: EpochOf | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Called for each exception in the core. These are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What a layer's wiring is made from. `log` names the layer and the stack. */
export interface LayerContext extends ServiceContext {
  readonly clock: Clock;
  /** As in {@link LayerOptions}. */
  readonly epochOf: EpochOf | undefined;
  /**
   * Does something to the core, such as a control request, then polls its outputs. Call it only
   * once the layer runs.
   */
  run<Result>(action: (nowMs: number) => Result): Result;
}

/** What differs between the layers: all else is the shell's. */
export interface LayerWiring extends Omit<LayerParts, 'end'> {
  /** The core, or the core with what belongs to it, such as sessions. */
  readonly machine: Machine;
  /** The core, which reports its outcomes. */
  readonly outcomes: OutcomeSource;
  /** Opened in this order. */
  readonly inputs: readonly Input[];
  /** Called in this order. */
  readonly outputs: readonly Output[];
  /** Called once all inputs are open. */
  started?(): void;
  /** Makes the core send its last PDUs. The inputs are closed by then. */
  lastWords?(nowMs: number): void;
  /** Closes what the wiring opened, also if the layer could not start. Called once. */
  close?(): Promise<void> | void;
}
