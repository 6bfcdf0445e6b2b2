/**
 * The timer behind `socket.setTimeout`: fires when nothing moved for a while. Never keeps the
 * process alive.
 */
export class IdleTimer {
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs = 0;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** Milliseconds; 0: off. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Sets the idle time in milliseconds and starts anew; 0 turns it off. */
  set(timeoutMs: number): void {
    if (this.#timer !== undefined && timeoutMs === this.#timeoutMs) {
      this.#timer.refresh();
      return;
    }
    this.stop();
    this.#timeoutMs = timeoutMs;
    if (timeoutMs > 0) this.#timer = setTimeout(this.#onIdle, timeoutMs).unref();
  }

  /** Something moved. */
  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
