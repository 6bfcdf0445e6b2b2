import type { Outcome } from '@strata/wire';

/** What a core tells of what it does. */
interface Observed {
  observe(on: boolean): void;
  pollOutcome(): Outcome | undefined;
}

/** Whether a machine may go from a state to another by an event. */
export type MayGo = (machine: string, from: string, on: string, to: string) => boolean;

/**
 * Watches a core while a test does something else with it, and throws where its outcomes cannot be
 * right:
 *
 * - an input, a timer or a command of which it tells nothing: something came, and nobody hears what
 *   became of it;
 * - a state change that its table does not have, or from a state that the last one did not lead to.
 */
export class OutcomeWatch {
  /** Called with each outcome. */
  onOutcome: ((outcome: Outcome) => void) | undefined;
  readonly #core: Observed;
  readonly #mayGo: MayGo;
  readonly #follows: boolean;
  readonly #states = new Map<string, string>();
  #causes = 0;

  /**
   * `follows`: whether what a state change is about keeps its name for as long as it has states.
   * Default true.
   */
  constructor(core: Observed, mayGo: MayGo, follows = true) {
    this.#core = core;
    this.#mayGo = mayGo;
    this.#follows = follows;
    core.observe(true);
  }

  /** Hands the core an input; it has to tell something of it before it returns. */
  input<Result>(hand: () => Result): Result {
    const before = this.#causes;
    const result = hand();
    this.take();
    if (this.#causes === before) throw new Error('no outcome of an input');
    return result;
  }

  /** Takes what the core has told since. To be called after inputs, before 65,536 outcomes wait. */
  take(): void {
    for (let one = this.#core.pollOutcome(); one; one = this.#core.pollOutcome()) {
      this.onOutcome?.(one);
      this.#checkCause(one);
      if (one.change !== undefined) this.#checkChange(one, one.change);
    }
  }

  /** The first outcome of a cause comes before the next cause begins. */
  #checkCause({ cause, reason }: Outcome): void {
    if (cause.id <= this.#causes) return;
    this.#causes += 1;
    if (cause.id === this.#causes) return;
    throw new Error(
      `no outcome of cause ${this.#causes}, the one before ${cause.name} (${reason})`,
    );
  }

  #checkChange({ reason, about }: Outcome, change: NonNullable<Outcome['change']>): void {
    const { machine, from, to } = change;
    if (!this.#mayGo(machine, from, reason, to)) {
      throw new Error(`${machine}: ${from} to ${to} by ${reason} is in no table`);
    }
    if (about === undefined || !this.#follows) return;
    const key = `${machine} ${about}`;
    const known = this.#states.get(key);
    if (known !== undefined && known !== from) {
      throw new Error(`${key}: ${from} to ${to}, but it was in ${known}`);
    }
    this.#states.set(key, to);
  }
}
