import { Fifo } from '@strata/wire';

/** A source of batches. */
export interface Source {
  /** Whether its PDUs are input from below: see {@link Scheduler}. */
  readonly isInput: boolean;
  /** Delivers one batch. Returns the number of its PDUs. */
  deliver(): number;
  /** Whether another batch is ready. */
  readonly ready: boolean;
  /** Only the scheduler uses it. */
  isQueued?: boolean;
}

/**
 * PDUs that may be delivered in one turn of the event loop. Then timers and sockets get their turn.
 */
const TURN_PDUS = 256;
const TURN_MS = 2;

/** A microtask by then() makes two objects; by queueMicrotask() seven. */
const NOW = Promise.resolve();

/** PDUs of other sources that are delivered at most while inputs wait. */
const MAX_BEFORE_INPUT_PDUS = 1024;

/**
 * Runs the handlers of a bus. They run in a microtask after the code that woke the scheduler. Each
 * source delivers one batch in turn. Beyond the budget of a turn the scheduler goes on in the next,
 * so that the event loop does not wait.
 *
 * Inputs come last: the scheduler delivers all work that an input caused before it takes the next
 * input. Otherwise each queue on the way could get more than the next one can hold. Then too much
 * input would be dropped late, after work was spent on it. This way it waits, and is dropped, in
 * the first queue. Inputs wait for a bounded number of other PDUs, because layers may have work for
 * ever.
 */
export class Scheduler {
  readonly #work = new Fifo<Source>();
  readonly #inputs = new Fifo<Source>();
  #pdusBeforeInput = 0;
  #scheduled = false;
  #running = false;
  /** Undefined: nothing has been delivered in this turn yet. */
  #turnStartedMs: number | undefined;
  #turnPdus = 0;
  #idle: (() => void)[] = [];
  readonly #before: () => void;
  readonly #runNow = () => this.#run();
  readonly #onTurn = () => this.#endTurn();

  /** Calls `before` before each batch. */
  constructor(before: () => void) {
    this.#before = before;
  }

  /** Notes that the source has something. It is asked later, never inside this call. */
  wake(source: Source): void {
    if (source.isQueued === true) return;
    source.isQueued = true;
    (source.isInput ? this.#inputs : this.#work).push(source);
    this.#schedule();
  }

  /** Calls `before` soon, even if no source is awake. */
  poke(): void {
    this.#schedule();
  }

  /** Resolves when nothing is left to deliver. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get #queued(): number {
    return this.#work.size + this.#inputs.size;
  }

  #isIdle(): boolean {
    return this.#queued === 0 && !this.#scheduled && !this.#running;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    // If this turn's budget is spent, the start of the next turn continues.
    if (!this.#spent()) void NOW.then(this.#runNow);
  }

  #spent(): boolean {
    if (this.#turnStartedMs === undefined) return false;
    return this.#turnPdus >= TURN_PDUS || performance.now() - this.#turnStartedMs >= TURN_MS;
  }

  #beginTurn(): void {
    if (this.#turnStartedMs !== undefined) return;
    this.#turnStartedMs = performance.now();
    setImmediate(this.#onTurn);
  }

  #endTurn(): void {
    this.#turnStartedMs = undefined;
    this.#turnPdus = 0;
    if (this.#scheduled) this.#run();
  }

  #run(): void {
    this.#scheduled = false;
    this.#running = true;
    this.#beginTurn();
    this.#before();
    while (this.#queued > 0 && !this.#spent()) {
      this.#deliverNext(this.#next());
      this.#before();
    }
    this.#running = false;
    if (this.#queued === 0) this.#notifyIdle();
    else this.#scheduled = true;
  }

  /** Removes and returns the source whose turn it is. */
  #next(): Source {
    const isInputDue = this.#inputs.size > 0 && this.#pdusBeforeInput >= MAX_BEFORE_INPUT_PDUS;
    const source = (isInputDue ? undefined : this.#work.shift()) ?? this.#inputs.shift()!;
    source.isQueued = false;
    return source;
  }

  #deliverNext(source: Source): void {
    if (!source.ready) return;
    const count = source.deliver();
    this.#turnPdus += count;
    this.#pdusBeforeInput = source.isInput ? 0 : this.#pdusBeforeInput + count;
    if (source.ready) this.wake(source);
  }

  #notifyIdle(): void {
    const waiting = this.#idle;
    if (waiting.length === 0) return;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

/**
 * An exception in a handler is a bug of the program. It ends as an uncaught exception, and the bus
 * goes on.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
