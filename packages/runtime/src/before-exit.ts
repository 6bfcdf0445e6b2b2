/** Something that may have work left when nothing else keeps the process alive. */
export interface Worker {
  /** Whether the process should not end yet. */
  isBusy(): boolean;
}

/** Time between two checks of busy workers, milliseconds. */
const LOOK_MS = 20;

const workers = new Set<Worker>();

/**
 * Keeps the process alive while the worker is busy, until it is forgotten. Workers are asked only
 * when the process is about to end ('beforeExit'), so it costs nothing before. A kernel sends what
 * a program has written even if the program ends. Here the stack ends with the program.
 */
export function watchWorker(worker: Worker): void {
  if (workers.size === 0) process.on('beforeExit', look);
  workers.add(worker);
}

export function forgetWorker(worker: Worker): void {
  if (workers.delete(worker) && workers.size === 0) process.off('beforeExit', look);
}

/** If a worker is busy, the event loop runs a little longer, and 'beforeExit' comes again. */
function look(): void {
  for (const worker of workers) {
    if (!worker.isBusy()) continue;
    setTimeout(() => {}, LOOK_MS);
    return;
  }
}
