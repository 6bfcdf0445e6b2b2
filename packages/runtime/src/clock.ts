/** Time and timers, as an argument, so that tests run in virtual time. */
export interface Clock {
  /** Milliseconds with fractions, monotonic, from an arbitrary origin. */
  nowMs(): number;
  /**
   * Calls `fire` once, in a later turn of the event loop, `delayMs` from now or a little later. 0
   * or less: as soon as pending input is handled. Returns how to cancel it. It does not keep the
   * process alive.
   */
  after(delayMs: number, fire: () => void): () => void;
}

/** The longest delay that setTimeout takes. */
const MAX_DELAY_MS = 0x7fffffff;

/**
 * The machine's monotonic clock. Timers have a resolution of 1 ms. A delay is rounded up: a timer
 * that fires early would have to be set again. A delay of 0 or less waits for one turn of the event
 * loop (setImmediate).
 */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, fire) {
    if (delayMs <= 0) {
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    }
    const timeout = setTimeout(fire, Math.min(Math.ceil(delayMs), MAX_DELAY_MS)).unref();
    return () => clearTimeout(timeout);
  },
};
