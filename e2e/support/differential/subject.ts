import type { Scenario } from './script.ts';

/**
 * What a subject did after one step: its segments and its application's events, in the order in
 * which they are compared.
 */
export interface StepAnswers {
  readonly segments: readonly string[];
  readonly application: readonly string[];
}

/** A TCP that runs scripts. */
export interface Subject {
  run(scenario: Scenario): Promise<readonly StepAnswers[]>;
}

/** A repeated segment that comes later than this was retransmitted by a timer. */
const AT_ONCE_MS = 50;

/** Collects what a subject does after a step. */
export class StepRecorder {
  readonly #timers: boolean;
  #segments: string[] = [];
  #octets = 0;
  #events: string[] = [];

  constructor(scenario: Scenario) {
    this.#timers = scenario.timers ?? false;
  }

  segment(text: string, isRepeat: boolean, afterMs: number): void {
    if (isRepeat && afterMs > AT_ONCE_MS && !this.#timers) return;
    this.#segments.push(text);
  }

  event(text: string): void {
    this.#events.push(text);
  }

  data(octets: number): void {
    this.#octets += octets;
  }

  take(): StepAnswers {
    const data = this.#octets > 0 ? [`data ${this.#octets}`] : [];
    const answers = { segments: this.#segments, application: [...data, ...this.#events] };
    this.#segments = [];
    this.#events = [];
    this.#octets = 0;
    return answers;
  }
}
