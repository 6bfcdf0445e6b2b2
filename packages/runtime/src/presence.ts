import { type Bus, BusError } from '@strata/bus';
import type { HealthInfo } from '@strata/contract';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { askControl } from './control.ts';
import { ControlError } from './control-error.ts';

/**
 * Whether an application instance runs. `gone`: for some time nobody subscribed to its subject, so
 * its process ended, or lost the bus. `silent`: it subscribes but does not answer: it is stopped,
 * or very busy.
 */
export type Verdict = 'there' | 'gone' | 'silent';

/** How long an instance may take to answer. */
const ANSWER_MS = 3000;
/** How long it must be absent from the bus. A restart of NATS takes a fraction of this. */
const GONE_AFTER_MS = 1000;
const POLL_MS = 200;
/** For this time after we reconnect, no instance is judged: the instances reconnect too. */
const RETURN_MS = 3000;

/** Finds out whether application instances run. It asks each at `control.<endpoint>.health`. */
export class Presence {
  readonly #bus: Bus;
  readonly #stack: string;
  readonly #clock: Clock;
  readonly #judging = new Map<string, Promise<Verdict>>();
  readonly #forgetStatus: () => void;
  #connectedSinceMs = Number.NEGATIVE_INFINITY;

  constructor(bus: Bus, stack: string, clock: Clock = SYSTEM_CLOCK) {
    this.#bus = bus;
    this.#stack = stack;
    this.#clock = clock;
    this.#forgetStatus = bus.onStatus(() => {
      this.#connectedSinceMs = clock.nowMs();
    });
  }

  close(): void {
    this.#forgetStatus();
  }

  /** The health that the instance reports. Undefined: it does not answer. */
  async ask(endpoint: string): Promise<HealthInfo | undefined> {
    const answer = await this.#ask(endpoint);
    return typeof answer === 'string' ? undefined : answer;
  }

  /** Judges an instance that has answered before. In doubt it is `there`. Never rejects. */
  judge(endpoint: string): Promise<Verdict> {
    let verdict = this.#judging.get(endpoint);
    if (verdict === undefined) {
      verdict = this.#judge(endpoint).finally(() => this.#judging.delete(endpoint));
      this.#judging.set(endpoint, verdict);
    }
    return verdict;
  }

  async #judge(endpoint: string): Promise<Verdict> {
    const startedMs = this.#clock.nowMs();
    for (;;) {
      const answer = await this.#ask(endpoint);
      if (this.#bus.status !== 'connected' || startedMs < this.#connectedSinceMs + RETURN_MS) {
        return 'there';
      }
      if (answer === 'timeout') return 'silent';
      if (answer !== 'absent') return 'there';
      if (this.#clock.nowMs() - startedMs >= GONE_AFTER_MS) return 'gone';
      await new Promise<void>((resolve) => this.#clock.after(POLL_MS, resolve));
    }
  }

  async #ask(endpoint: string): Promise<HealthInfo | 'absent' | 'timeout'> {
    const request = { kind: 'health' } as const;
    try {
      const reply = await askControl(
        this.#bus,
        this.#stack,
        endpoint,
        request,
        'health',
        ANSWER_MS,
      );
      return reply.health;
    } catch (error) {
      if (error instanceof ControlError && error.code === 'not-found') return 'absent';
      if (error instanceof BusError) return 'timeout';
      // Any answer shows that the instance runs.
      return { status: 'failing', layer: 'application', version: '', uptimeMs: 0, detail: '' };
    }
  }
}
