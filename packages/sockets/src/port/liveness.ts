/** The longest period that setInterval takes. The interval only keeps the process alive. */
const PERIOD_MS = 0x7fffffff;

/** Keeps the process alive while it has holders, as an open socket of Node does. */
export class Liveness {
  readonly #holders = new Set<object>();
  #timer: NodeJS.Timeout | undefined;

  /** `holder` keeps the process alive until it is released. */
  hold(holder: object): void {
    this.#holders.add(holder);
    this.#timer ??= setInterval(() => {}, PERIOD_MS);
  }

  /** Removes all holders. */
  releaseAll(): void {
    this.#holders.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  release(holder: object): void {
    this.#holders.delete(holder);
    if (this.#holders.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
