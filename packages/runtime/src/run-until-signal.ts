import { Lifecycle } from './lifecycle.ts';
import type { Logger } from './log.ts';

export interface RunOptions {
  readonly log: Logger;
  /**
   * Starts the parts in order and adds each to the lifecycle. What it throws ends the process with
   * status 1.
   */
  start(lifecycle: Lifecycle): Promise<void>;
  /** Called once all is up: prints the ready line. */
  onReady?(): void;
  /** Says to a person why the process did not start, or crashed. Default: the log. */
  onFailure?(error: unknown): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often an `npm start` looks whether npm is still there. */
const PARENT_CHECK_MS = 500;
/** The longest period that setInterval takes. */
const MAX_PERIOD_MS = 0x7fffffff;

/**
 * Runs a process until it is told to stop, and ends it: with status 0 after the first SIGINT,
 * SIGTERM or SIGHUP, when all parts have stopped; with status 1 where it did not start, on an error
 * that nobody handles (after stopping what can be stopped), and at once on a second signal. Devices
 * and namespaces are given back in each of these cases.
 */
export async function runUntilSignal(options: RunOptions): Promise<never> {
  const { log } = options;
  const lifecycle = new Lifecycle(log);
  let isEnding = false;

  const end = async (status: number): Promise<never> => {
    await lifecycle.drain();
    process.exit(status);
  };
  const stop = (why: string) => {
    if (isEnding) {
      log.warn({ why }, 'stopping at once');
      process.exit(1);
    }
    isEnding = true;
    log.info({ why }, 'draining');
    void end(0);
  };
  const fail = (error: unknown, what: string) => {
    log.error({ err: error }, what);
    options.onFailure?.(error);
    if (isEnding) process.exit(1);
    isEnding = true;
    void end(1);
  };

  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
  process.on('uncaughtException', (error) => fail(error, 'an error that nobody handled'));
  process.on('unhandledRejection', (error) => fail(error, 'a rejection that nobody handled'));
  // Whoever reads our output may go away; that is no reason to stop.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  watchParent(() => stop('npm is gone'));
  // Parts may have nothing else that keeps the process alive.
  setInterval(() => {}, MAX_PERIOD_MS);

  try {
    await options.start(lifecycle);
    lifecycle.ready();
    if (!isEnding) options.onReady?.();
  } catch (error) {
    if (!isEnding) fail(error, 'could not start');
  }
  return new Promise<never>(() => undefined);
}

/**
 * Under npm, a shell may stand between npm and us and keep the signals to itself: when it is gone,
 * so are we.
 */
function watchParent(onGone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
