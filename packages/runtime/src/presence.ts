import { type Bus, BusError } from '@strata/bus';
import type { HealthInfo } from '@strata/contract';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { askControl } from './control.ts';
import { ControlError } from './control-error.ts';

/**
 * What became of an application instance. `gone`: for a while nobody has subscribed where it
 * answers, so its process has ended, or has lost the bus. `silent`: it subscribes and does not
 * answer: stopped, or very busy.
 */
export type Verdict = 'there' | 'gone' | 'silent';

/** How long an instance may take to answer. */
const ANSWER_MS = 3000;
/**
 * How long it must be absent from the bus: it comes back from a restart of NATS within a fraction
 * of that.
 */
const GONE_AFTER_MS = 1000;
const POLL_MS = 200;
/**
 * Time after we are back on the bus ourselves in which nobody is judged: the others come back too.
 */
const RETURN_MS = 3000;

/**
 * Finds out whether application instances still run, by asking where each answers:
 * `control.<endpoint>.health`.
 */
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

  /** What the instance says of itself; undefined: it does not answer, now or ever. */
  async ask(endpoint: string): Promise<HealthInfo | undefined> {
    const answer = await this.#ask(endpoint);
    return typeof answer === 'string' ? undefined : answer;
  }

  /**
   * For an instance that has answered before. Where we cannot know it counts as there. Never
   * rejects.
   */
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
      // It has answered, whatever it was.
      return { status: 'failing', layer: 'application', version: '', uptimeMs: 0, detail: '' };
    }
  }
}
