import type { Neighbour } from './neighbour.ts';

/** A forced collection leaves what changed within this time. */
const FORCED_MIN_AGE_MS = 5_000;

/** Whether no timer needs the entry and nobody set it by hand. */
function isIdle(neighbour: Neighbour): boolean {
  return neighbour.deadlineMs === Number.POSITIVE_INFINITY && neighbour.state !== 'PERMANENT';
}

/** Makes room for a new neighbour: removes up to `most` that failed or have not changed lately, the oldest entries first. */
export function collectNeighbours(
  entries: Iterable<Neighbour>,
  most: number,
  nowMs: number,
  remove: (neighbour: Neighbour) => void,
): void {
  let left = most;
  for (const neighbour of entries) {
    if (left <= 0) return;
    const isOld = nowMs - neighbour.updatedMs > FORCED_MIN_AGE_MS;
    if (!isIdle(neighbour) || !(neighbour.state === 'FAILED' || isOld)) continue;
    remove(neighbour);
    left -= 1;
  }
}

/** Removes neighbours that failed or were not used for `staleMs`. */
export function collectStaleNeighbours(
  entries: Iterable<Neighbour>,
  staleMs: number,
  nowMs: number,
  remove: (neighbour: Neighbour) => void,
): void {
  for (const neighbour of entries) {
    if (!isIdle(neighbour)) continue;
    if (neighbour.state === 'FAILED' || nowMs - neighbour.usedMs > staleMs) remove(neighbour);
  }
}
