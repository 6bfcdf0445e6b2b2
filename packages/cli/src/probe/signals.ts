/** Set by signals, which also abort what waits: a new `abort` is there after each of them. */
export interface Signals {
  stop: boolean;
  /** SIGQUIT: show how far it is. */
  status: boolean;
  abort: AbortController;
}

/** Runs `action`, which ends soon after SIGINT, SIGTERM or SIGHUP: `stop` is set then. */
export async function withSignals<Result>(
  action: (signals: Signals) => Promise<Result>,
): Promise<Result> {
  const signals: Signals = { stop: false, status: false, abort: new AbortController() };
  const wake = () => {
    const before = signals.abort;
    signals.abort = new AbortController();
    before.abort();
  };
  const onStop = () => {
    signals.stop = true;
    wake();
  };
  const onStatus = () => {
    signals.status = true;
    wake();
  };
  const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of stops) process.on(name, onStop);
  process.on('SIGQUIT', onStatus);
  try {
    return await action(signals);
  } finally {
    for (const name of stops) process.off(name, onStop);
    process.off('SIGQUIT', onStatus);
  }
}
