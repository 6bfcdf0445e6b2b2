/** Longest time whose sending is made up for after a wait, milliseconds. */
const MAX_BURST_MS = 100;
const TICK_MS = 1;

/**
 * Calls `send` until it says stop, at no more than `bitsPerSecond` of what it says that it sent. 0:
 * as often as the event loop comes round.
 */
export class Pace {
  readonly #send: (mostOctets: number) => number | 'wait' | 'stop';
  readonly #octetsPerMs: number;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #lastMs = 0;
  #credit = 0;
  #isOver = false;

  /**
   * `send` gets the octets that are due, sends one block, and returns its octets; or `wait`: it
   * calls `wake()` when it can go on.
   */
  constructor(bitsPerSecond: number, send: (mostOctets: number) => number | 'wait' | 'stop') {
    this.#octetsPerMs = bitsPerSecond / 8000;
    this.#send = send;
  }

  begin(): void {
    this.#lastMs = performance.now();
    this.#turn();
  }

  /** Goes on after a wait. */
  wake(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    if (!this.#isOver) this.#turn();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #turn(): void {
    if (this.#octetsPerMs === 0) return this.#turnFree();
    const nowMs = performance.now();
    const most = this.#octetsPerMs * MAX_BURST_MS;
    this.#credit = Math.min(this.#credit + (nowMs - this.#lastMs) * this.#octetsPerMs, most);
    this.#lastMs = nowMs;
    // A block may be more than is due: then the next one waits.
    while (this.#credit >= 0) {
      const sent = this.#send(this.#credit);
      if (typeof sent === 'string') {
        if (sent === 'stop') this.#isOver = true;
        return;
      }
      this.#credit -= sent;
    }
    const waitMs = Math.max(TICK_MS, -this.#credit / this.#octetsPerMs);
    this.#timer = setTimeout(() => this.#turn(), Math.min(waitMs, 1000));
  }

  /** A while at a time: the rest of the process goes on in between. */
  #turnFree(): void {
    const untilMs = performance.now() + TICK_MS;
    while (performance.now() < untilMs) {
      const sent = this.#send(Number.POSITIVE_INFINITY);
      if (typeof sent === 'string') {
        if (sent === 'stop') this.#isOver = true;
        return;
      }
    }
    this.#immediate = setImmediate(() => this.#turn());
  }
}
