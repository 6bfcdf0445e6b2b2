import { Lifecycle } from './lifecycle.ts';
import type { Logger } from './log.ts';

export interface RunOptions {
  readonly log: Logger;
  /**
   * Starts the parts in order and adds each to the lifecycle. An exception ends the process with
   * status 1.
   */
  start(lifecycle: Lifecycle): Promise<void>;
  /** Called once all parts are up. Prints the ready line. */
  onReady?(): void;
  /** Tells a person why the process did not start, or crashed. Default: only the log does. */
  onFailure?(error: unknown): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often to check whether npm still runs. */
const PARENT_CHECK_MS = 500;
/** The longest period that setInterval takes. */
const MAX_PERIOD_MS = 0x7fffffff;

/**
 * Runs a process until it is told to stop, and ends it. After the first SIGINT, SIGTERM or SIGHUP
 * all parts stop, and the status is 0. If the process could not start, or nobody handles an error,
 * the parts stop too, and the status is 1. A second signal ends the process at once with status 1.
 * In each case devices and namespaces are removed.
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
  // The reader of our output may close it. That is no reason to stop.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  watchParent(() => stop('npm is gone'));
  // The parts may not keep the process alive.
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
 * Under npm, a shell may run between npm and us and keep signals to itself. If that shell is gone,
 * stop too.
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
