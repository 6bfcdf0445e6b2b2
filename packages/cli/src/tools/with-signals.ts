import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `action` until it ends. The first signal aborts `signal`, a second one ends the process.
 * Resolves to the exit status: the action's, or 128 and the signal's number as a shell shows it.
 */
export async function withSignals(
  action: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  let status: number | undefined;
  const handlers = SIGNALS.map((name) => {
    const onSignal = () => {
      status = 128 + constants.signals[name];
      controller.abort();
    };
    process.once(name, onSignal);
    return () => process.off(name, onSignal);
  });
  try {
    const own = await action(controller.signal);
    return status ?? own;
  } finally {
    for (const remove of handlers) remove();
  }
}
