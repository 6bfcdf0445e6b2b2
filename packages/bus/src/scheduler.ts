/** Something with batches to hand over. */
export interface Source {
  /** Hands over one batch; returns its number of PDUs. */
  deliver(): number;
  /** Whether there is another. */
  readonly ready: boolean;
}

/** What may be delivered in one turn of the event loop before timers and sockets get theirs. */
const TURN_PDUS = 256;
const TURN_MS = 2;

/**
 * Runs the handlers of a bus: soon, in a microtask after what woke it; one batch of each source in turn; and never so long
 * that the event loop waits: beyond the budget of a turn it goes on in the next.
 */
export class Scheduler {
  #queue: Source[] = [];
  #head = 0;
  readonly #queued = new Set<Source>();
  #scheduled = false;
  #running = false;
  /** Undefined: nothing was delivered in this turn yet. */
  #turnStartedMs: number | undefined;
  #turnPdus = 0;
  #idle: (() => void)[] = [];
  readonly #before: () => void;

  /** `before` is called before each batch. */
  constructor(before: () => void) {
    this.#before = before;
  }

  /** The source has something; it is asked later, never inside the call. */
  wake(source: Source): void {
    if (this.#queued.has(source)) return;
    this.#queued.add(source);
    this.#queue.push(source);
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

  #isIdle(): boolean {
    return this.#queued.size === 0 && !this.#scheduled && !this.#running;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    // Where the budget of this turn is spent, the start of the next one comes back to it.
    if (!this.#spent()) queueMicrotask(() => this.#run());
  }

  #spent(): boolean {
    if (this.#turnStartedMs === undefined) return false;
    return this.#turnPdus >= TURN_PDUS || performance.now() - this.#turnStartedMs >= TURN_MS;
  }

  #beginTurn(): void {
    if (this.#turnStartedMs !== undefined) return;
    this.#turnStartedMs = performance.now();
    setImmediate(() => this.#endTurn());
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
    while (this.#head < this.#queue.length && !this.#spent()) {
      this.#deliverNext();
      this.#before();
    }
    this.#running = false;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      this.#notifyIdle();
    } else this.#scheduled = true;
  }

  #deliverNext(): void {
    const source = this.#queue[this.#head++]!;
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    this.#queued.delete(source);
    if (!source.ready) return;
    this.#turnPdus += source.deliver();
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
