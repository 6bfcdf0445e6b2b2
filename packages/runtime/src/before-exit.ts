/** Something that may have work under way when nothing else keeps the process alive. */
export interface Worker {
  /** Whether the process should not end yet. */
  isBusy(): boolean;
}

/** Time between two looks at those who are busy. */
const LOOK_MS = 20;

const workers = new Set<Worker>();

/**
 * Keeps the process alive while the worker is busy, until it is forgotten. It costs nothing before
 * the process would end: only then ('beforeExit') they are asked. On the kernel, what a program has
 * written is sent though the program ends; here the stack ends with it.
 */
export function watchWorker(worker: Worker): void {
  if (workers.size === 0) process.on('beforeExit', look);
  workers.add(worker);
}

export function forgetWorker(worker: Worker): void {
  if (workers.delete(worker) && workers.size === 0) process.off('beforeExit', look);
}

/** Where somebody is busy the event loop goes on for a while, and 'beforeExit' comes again. */
function look(): void {
  for (const worker of workers) {
    if (!worker.isBusy()) continue;
    setTimeout(() => {}, LOOK_MS);
    return;
  }
}
