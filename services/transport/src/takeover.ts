import type { LayerContext, Logger, Presence } from '@strata/runtime';
import type { Refusal, TransportMachine } from './transport-machine.ts';

export interface TakeoverOptions {
  readonly machine: TransportMachine;
  /** Does something to the machine, then polls its outputs. */
  readonly run: LayerContext['run'];
  readonly presence: Presence;
  readonly log: Logger;
}

/**
 * Frees what gone application instances hold, when another one needs it
 * (proto/strata/v1/transport_application.proto, "Starts and ends").
 */
export class Takeover {
  readonly #machine: TransportMachine;
  readonly #run: LayerContext['run'];
  readonly #presence: Presence;
  readonly #log: Logger;
  readonly #seen = new Set<string>();
  /**
   * The instance of each endpoint that has answered. Empty text: it named none. Other endpoints are
   * not judged.
   */
  readonly #instances = new Map<string, string>();

  constructor({ machine, run, presence, log }: TakeoverOptions) {
    this.#machine = machine;
    this.#run = run;
    this.#presence = presence;
    this.#log = log;
  }

  /** Notes a message from an endpoint. */
  hear(endpoint: string): void {
    if (this.#seen.has(endpoint) || !this.#machine.sessions.has(endpoint)) return;
    for (const old of this.#seen) if (!this.#machine.sessions.has(old)) this.#forget(old);
    this.#seen.add(endpoint);
    void this.#meet(endpoint);
  }

  #forget(endpoint: string): void {
    this.#seen.delete(endpoint);
    this.#instances.delete(endpoint);
  }

  /** Handles what the machine left undecided. Called after each flush. */
  run(): void {
    const { sessions } = this.#machine;
    for (let it = sessions.pollSilent(); it !== undefined; it = sessions.pollSilent()) {
      void this.#check(it);
    }
    for (
      let refusal = this.#machine.pollRefusal();
      refusal !== undefined;
      refusal = this.#machine.pollRefusal()
    ) {
      void this.#decide(refusal);
    }
  }

  async #meet(endpoint: string): Promise<void> {
    const health = await this.#presence.ask(endpoint);
    if (health === undefined || !this.#seen.has(endpoint)) return;
    const instance = health.instance ?? '';
    const same = [...this.#instances].filter(([, other]) => other === instance && other !== '');
    this.#instances.set(endpoint, instance);
    for (const [before] of same) {
      if ((await this.#presence.judge(before)) === 'gone') this.#release(before, 'all');
    }
  }

  async #check(endpoint: string): Promise<void> {
    if (!this.#instances.has(endpoint)) return;
    if ((await this.#presence.judge(endpoint)) === 'gone') this.#release(endpoint, 'names');
  }

  async #decide(refusal: Refusal): Promise<void> {
    const holders = [...this.#machine.holdersOf(refusal.request)];
    const gone = holders.map(async (holder) => {
      if (!this.#instances.has(holder)) return false;
      if ((await this.#presence.judge(holder)) === 'there') return false;
      this.#release(holder, 'names');
      return true;
    });
    const mayRetry = (await Promise.all(gone)).includes(true);
    this.#run((nowMs) => this.#machine.decide(refusal, mayRetry, nowMs));
  }

  #release(endpoint: string, what: 'names' | 'all'): void {
    const instance = this.#instances.get(endpoint) ?? '';
    this.#log.info(
      { endpoint, instance, what },
      'an application does not answer: what it held is free',
    );
    this.#run((nowMs) => this.#machine.release(endpoint, what, nowMs));
  }
}
