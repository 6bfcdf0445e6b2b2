import { Driver } from '../driver.ts';
import type { Counters } from '../running.ts';
import type { LayerOptions, LayerWiring } from './layer-wiring.ts';
import { OutcomeFeed } from './outcome-feed.ts';
import type { OpenInput } from './ports.ts';

/** A core with its driver, between its inputs and its outputs. */
export class DrivenCore {
  readonly outcomes: OutcomeFeed;
  readonly #wiring: LayerWiring;
  readonly #driver: Driver;
  readonly #inputs: OpenInput[] = [];

  constructor(
    name: string,
    wiring: LayerWiring,
    { log, clock, onError }: Omit<LayerOptions, 'config'>,
  ) {
    this.#wiring = wiring;
    const outcomes = new OutcomeFeed(wiring.outcomes);
    this.outcomes = outcomes;
    const { machine, outputs } = wiring;
    const flush = (nowMs: number) => {
      for (let i = 0; i < outputs.length; i++) outputs[i]!(nowMs);
      outcomes.tell();
    };
    this.#driver = new Driver({ name, machine, flush, log, clock, onError });
  }

  open(): void {
    for (const input of this.#wiring.inputs) this.#inputs.push(input(this.#driver));
    // Sends what the core has at the start, such as link's announcements.
    this.#driver.settle();
    this.#wiring.started?.();
  }

  run<Result>(action: (nowMs: number) => Result): Result {
    return this.#driver.run(action);
  }

  counters(): Counters {
    const inputs = this.#inputs.map((input) => input.counters?.() ?? {});
    return Object.assign({}, this.#wiring.counters(), ...inputs, {
      core_errors: this.#driver.errors,
    });
  }

  async end(): Promise<void> {
    for (const input of this.#inputs) input.close();
    this.#driver.run((nowMs) => this.#wiring.lastWords?.(nowMs));
    this.#driver.stop();
    await this.#wiring.close?.();
  }

  /** As {@link end}, without last words. */
  async abandon(): Promise<void> {
    for (const input of this.#inputs) input.close();
    this.#driver.stop();
    await this.#wiring.close?.();
  }
}
