import type { Output } from './output.ts';
import type { Watch } from './source.ts';

/** Counts PDUs down to the limit of `--count`. */
export class Countdown {
  readonly done: Promise<void>;
  #left: number;
  #finish: () => void = () => {};

  constructor(count = Number.POSITIVE_INFINITY) {
    this.#left = count;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Counts one. Returns false after the limit. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    if (this.#left === 0) this.#finish();
    return true;
  }
}

/**
 * Runs until a signal, the count, the end of the source, or the end of the reader. Then it writes
 * all pending output.
 */
export async function runWatch(
  watch: Watch,
  counted: Countdown,
  output: Output,
  onReady?: () => void,
): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let onSignal: () => void = () => {};
  const signalled = new Promise<void>((resolve) => {
    onSignal = resolve;
  });
  for (const signal of signals) process.once(signal, onSignal);
  // `ended` may reject before or after the code below waits for it.
  watch.ended.catch(() => undefined);
  try {
    const ends = [signalled, counted.done, output.broken];
    const ready = watch.ready.then(() => onReady?.());
    await Promise.race([...ends, ready]);
    await Promise.race([...ends, ready.then(() => watch.ended)]);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    await watch.close();
    await output.close();
  }
}
