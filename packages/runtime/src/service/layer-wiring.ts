import type { Clock } from '../clock.ts';
import type { Machine } from '../driver.ts';
import type { ServiceContext } from '../running.ts';
import type { OutcomeSource } from './outcome-feed.ts';
import type { Input, Output } from './ports.ts';
import type { LayerParts } from './served-layer.ts';

/** What the service of a layer with a core is given when it starts. */
export interface LayerOptions extends ServiceContext {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What a service's wiring is made with. `log` names the layer and the stack. */
export interface LayerContext extends ServiceContext {
  readonly clock: Clock;
  /**
   * Does something to the core, such as a control request, then polls its outputs. Not to be called
   * before the layer runs.
   */
  run<Result>(action: (nowMs: number) => Result): Result;
}

/** All that one layer's service has and the others have not. */
export interface LayerWiring extends Omit<LayerParts, 'end'> {
  /** The core, or the core and what stands beside it. */
  readonly machine: Machine;
  /** The core as it tells what it does. */
  readonly outcomes: OutcomeSource;
  /** Opened in this order. */
  readonly inputs: readonly Input[];
  /** Called in this order. */
  readonly outputs: readonly Output[];
  /** Called once all inputs are open. */
  started?(): void;
  /** What the core does last, when no input comes any more; its outputs still go out. */
  lastWords?(nowMs: number): void;
  /** Gives back what the wiring has opened, also where the layer did not start. Called once. */
  close?(): Promise<void> | void;
}
