import { Fifo } from '@strata/wire';

/** Something with batches to hand over. */
export interface Source {
  /** Whether it brings what comes in from below: see {@link Scheduler}. */
  readonly isInput: boolean;
  /** Hands over one batch; returns its number of PDUs. */
  deliver(): number;
  /** Whether there is another. */
  readonly ready: boolean;
  /** The scheduler's own note. */
  isQueued?: boolean;
}

/** What may be delivered in one turn of the event loop before timers and sockets get theirs. */
const TURN_PDUS = 256;
const TURN_MS = 2;

/** A microtask by way of it makes two objects, by queueMicrotask() seven. */
const NOW = Promise.resolve();

/** What is delivered of other sources at most while inputs wait. */
const MAX_BEFORE_INPUT_PDUS = 1024;

/**
 * Runs the handlers of a bus: soon, in a microtask after what woke it; one batch of each source in
 * turn; and never so long that the event loop waits: beyond the budget of a turn it goes on in the
 * next.
 *
 * Inputs come last: what an input has caused goes out before the next is taken. Otherwise each
 * queue on the way would take more than the next one can, and too much input would be dropped, with
 * the work that it has cost, before the last of them. So it waits, and is dropped, in the first.
 * Inputs wait for so many other PDUs at most, since layers may have work for ever.
 */
export class Scheduler {
  readonly #work = new Fifo<Source>();
  readonly #inputs = new Fifo<Source>();
  #pdusBeforeInput = 0;
  #scheduled = false;
  #running = false;
  /** Undefined: nothing was delivered in this turn yet. */
  #turnStartedMs: number | undefined;
  #turnPdus = 0;
  #idle: (() => void)[] = [];
  readonly #before: () => void;
  readonly #runNow = () => this.#run();
  readonly #onTurn = () => this.#endTurn();

  /** `before` is called before each batch. */
  constructor(before: () => void) {
    this.#before = before;
  }

  /** The source has something; it is asked later, never inside the call. */
  wake(source: Source): void {
    if (source.isQueued === true) return;
    source.isQueued = true;
    (source.isInput ? this.#inputs : this.#work).push(source);
    this.#schedule();
  }

  /** Calls `before` soon, also without a source. */
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
    // Where the budget of this turn is spent, the start of the next one comes back to it.
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

  /** The source whose turn it is, taken out. */
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

/** A fault in a handler is the program's: it ends as an uncaught exception, and the bus goes on. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
