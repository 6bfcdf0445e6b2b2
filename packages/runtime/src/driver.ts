import { inspect } from 'node:util';
import { forgetWorker, type Worker, watchWorker } from './before-exit.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { Logger } from './log.ts';

/** What a driver drives: any state machine with a next deadline. */
export interface Machine {
  /** Lets timers run out that are due at `nowMs`. */
  handleTimeout(nowMs: number): void;
  /**
   * When handleTimeout wants to be called next, on the clock's scale; undefined or Infinity: never.
   */
  nextDeadlineMs(): number | undefined;
  /**
   * Whether something is under way that the process should not end before, such as data that the
   * peer has not got. A timer alone is none: the process ends with a connection in TIME-WAIT. Asked
   * when nothing else keeps the process alive. Default: never.
   */
  isBusy?(): boolean;
}

export interface DriverOptions {
  /** Names the machine in logs: `network server`. */
  readonly name: string;
  readonly machine: Machine;
  /**
   * Polls every output of the machine until there is none, and publishes it. Called after each
   * batch of inputs, never inside another.
   */
  readonly flush: (nowMs: number) => void;
  readonly log: Logger;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of each exception of the machine, after it was logged and counted. Tests fail on it. */
  readonly onError?: ((error: unknown, what: string) => void) | undefined;
}

/**
 * Least time between two timeouts where the machine asks for a deadline that has passed. It must
 * not spin.
 */
const MIN_TIMEOUT_INTERVAL_MS = 1;
/** Exceptions that are logged in full; later ones only count. */
const MAX_LOGGED_ERRORS = 100;

/**
 * Owns a core on one event loop. The order of calls is: all inputs of a batch; the outputs, until
 * empty; one timer for the next deadline. So whatever a batch causes, such as an ACK, is sent once
 * for the batch (design: one ACK per drained batch).
 *
 * Its timers keep no process alive; a machine that is busy does.
 *
 * An exception in a machine is a bug of ours: it is logged with what the input was, counted, and
 * the next input is handled.
 */
export class Driver implements Worker {
  readonly #name: string;
  readonly #machine: Machine;
  readonly #flush: (nowMs: number) => void;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #onError: ((error: unknown, what: string) => void) | undefined;
  readonly #fire = () => this.#timeout();
  #cancel: (() => void) | undefined;
  /** When the armed timer fires; Infinity where none is armed. */
  #armedMs = Number.POSITIVE_INFINITY;
  #lastTimeoutMs = Number.NEGATIVE_INFINITY;
  #depth = 0;
  #pending = false;
  #stopped = false;
  #errors = 0;

  constructor(options: DriverOptions) {
    this.#name = options.name;
    this.#machine = options.machine;
    this.#flush = options.flush;
    this.#log = options.log;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#onError = options.onError;
    if (options.machine.isBusy !== undefined) watchWorker(this);
  }

  isBusy(): boolean {
    return this.#machine.isBusy?.() ?? false;
  }

  /** Exceptions that the machine has thrown: bugs. */
  get errors(): number {
    return this.#errors;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * Hands each item of a batch to `handle`, then polls the outputs once. `what` describes an item
   * where it raises an exception.
   */
  batch<Item>(
    what: string,
    items: readonly Item[],
    handle: (item: Item, nowMs: number) => void,
  ): void {
    if (this.#stopped) return;
    const nowMs = this.#clock.nowMs();
    this.#depth++;
    for (let i = 0; i < items.length; i++) {
      try {
        handle(items[i]!, nowMs);
      } catch (error) {
        this.#failed(error, what, items[i]);
      }
    }
    this.#depth--;
    this.#settle(nowMs);
  }

  /**
   * Does something to the machine, such as a control request, then polls the outputs. Exceptions go
   * to the caller.
   */
  run<Result>(action: (nowMs: number) => Result): Result {
    const nowMs = this.#clock.nowMs();
    this.#depth++;
    try {
      return action(nowMs);
    } finally {
      this.#depth--;
      this.#settle(nowMs);
    }
  }

  /**
   * Polls the outputs and arms the timer: once at the start, and wherever the machine was changed
   * from outside.
   */
  settle(): void {
    this.#settle(this.#clock.nowMs());
  }

  /** No input is handled and no timer fires any more. */
  stop(): void {
    this.#stopped = true;
    this.#disarm();
    forgetWorker(this);
  }

  #timeout(): void {
    this.#cancel = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
    if (this.#stopped) return;
    const nowMs = this.#clock.nowMs();
    this.#lastTimeoutMs = nowMs;
    this.#depth++;
    try {
      this.#machine.handleTimeout(nowMs);
    } catch (error) {
      this.#failed(error, 'timeout', undefined);
    }
    this.#depth--;
    this.#settle(nowMs);
  }

  #settle(nowMs: number): void {
    if (this.#stopped) return;
    if (this.#depth > 0) {
      // An output led straight to an input: the outer call polls again.
      this.#pending = true;
      return;
    }
    this.#depth++;
    do {
      this.#pending = false;
      try {
        this.#flush(nowMs);
      } catch (error) {
        this.#failed(error, 'output', undefined);
      }
    } while (this.#pending);
    this.#depth--;
    this.#arm(nowMs);
  }

  /**
   * Sets the timer where the deadline is earlier than the armed one; a timer that fires too early
   * is cheap and sets the next.
   */
  #arm(nowMs: number): void {
    const deadlineMs = this.#machine.nextDeadlineMs() ?? Number.POSITIVE_INFINITY;
    if (deadlineMs === Number.POSITIVE_INFINITY) {
      this.#disarm();
      return;
    }
    const dueMs = Math.max(deadlineMs, this.#lastTimeoutMs + MIN_TIMEOUT_INTERVAL_MS);
    if (dueMs >= this.#armedMs) return;
    this.#cancel?.();
    this.#armedMs = dueMs;
    this.#cancel = this.#clock.after(dueMs - nowMs, this.#fire);
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
  }

  #failed(error: unknown, what: string, input: unknown): void {
    this.#errors++;
    if (this.#errors <= MAX_LOGGED_ERRORS) {
      const fields = { err: error, machine: this.#name, input: describe(input), what };
      this.#log.error(fields, 'a core threw: this is a bug');
    }
    this.#onError?.(error, what);
  }
}

/** A value in few words: its fields, and the first octets of bytes. */
function describe(input: unknown): string {
  return inspect(input, { depth: 3, maxArrayLength: 96, maxStringLength: 200, breakLength: 1000 });
}
