import { inspect } from 'node:util';
import { forgetWorker, type Worker, watchWorker } from './before-exit.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { Logger } from './log.ts';

/** What a driver runs: any state machine with a next deadline. */
export interface Machine {
  /** Runs the timers that are due at `nowMs`. */
  handleTimeout(nowMs: number): void;
  /** When to call handleTimeout next, by the same clock. Undefined or Infinity: never. */
  nextDeadlineMs(): number | undefined;
  /**
   * Whether there is work for which the process should stay alive, such as data that the peer has
   * not acknowledged. A running timer is not such work: the process may end with a connection in
   * TIME-WAIT. Asked when nothing else keeps the process alive. Default: never.
   */
  isBusy?(): boolean;
}

export interface DriverOptions {
  /** Names the machine in logs: `network server`. */
  readonly name: string;
  readonly machine: Machine;
  /**
   * Polls each output of the machine until there is none, and passes it on. Called after each batch
   * of inputs, never inside another call.
   */
  readonly flush: (nowMs: number) => void;
  readonly log: Logger;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /**
   * Called for each exception of the machine, after it was logged and counted. Tests fail on it.
   */
  readonly onError?: ((error: unknown, what: string) => void) | undefined;
}

/** Least time between two timeouts. A machine whose deadline has passed must not make it spin. */
const MIN_TIMEOUT_INTERVAL_MS = 1;
/** Exceptions that are logged. Later ones are only counted. */
const MAX_LOGGED_ERRORS = 100;

/**
 * Runs a core on an event loop. The order of calls: all inputs of a batch; the outputs, until there
 * is none; one timer for the next deadline. So what a batch causes, such as an ACK, is sent once
 * for the batch.
 *
 * Its timers do not keep the process alive. A busy machine does.
 *
 * An exception in a machine is a bug of ours. It is logged with the input and counted. Then the
 * next input is handled.
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
  /** When the timer fires. Infinity: none is set. */
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

  /** Exceptions of the machine: bugs. */
  get errors(): number {
    return this.#errors;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * Calls `handle` for each item of a batch, then polls the outputs once. `what` names the kind of
   * item in logs of exceptions.
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
   * Polls the outputs and sets the timer. Call it at the start, and after each change from outside.
   */
  settle(): void {
    this.#settle(this.#clock.nowMs());
  }

  /** After this, no input is handled and no timer fires. */
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
      // An output caused an input at once: the outer call polls again.
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
   * Sets the timer if the deadline is earlier than the timer. A timer that fires too early costs
   * little and sets the next.
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

/** A short text of a value: its fields, and the first octets of bytes. */
function describe(input: unknown): string {
  return inspect(input, { depth: 3, maxArrayLength: 96, maxStringLength: 200, breakLength: 1000 });
}
