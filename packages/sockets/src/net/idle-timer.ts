/**
 * The timer of `socket.setTimeout`. It fires when the socket had no traffic for the idle time. It
 * never keeps the process alive.
 */
export class IdleTimer {
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs = 0;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** The idle time in milliseconds. 0: off. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Sets the idle time in milliseconds and restarts the timer. 0 turns it off. */
  set(timeoutMs: number): void {
    if (this.#timer !== undefined && timeoutMs === this.#timeoutMs) {
      this.#timer.refresh();
      return;
    }
    this.stop();
    this.#timeoutMs = timeoutMs;
    if (timeoutMs > 0) this.#timer = setTimeout(this.#onIdle, timeoutMs).unref();
  }

  /** There was traffic: the idle time starts again. */
  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
