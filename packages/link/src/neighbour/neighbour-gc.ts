import type { Neighbour } from './neighbour.ts';

/** A forced collection leaves what changed within this time. */
const FORCED_MIN_AGE_MS = 5_000;

/** Whether no timer needs the entry and nobody set it by hand. */
function isIdle(neighbour: Neighbour): boolean {
  return neighbour.deadlineMs === Number.POSITIVE_INFINITY && neighbour.state !== 'PERMANENT';
}

/**
 * Makes room for a new neighbour: removes up to `most` that failed or have not changed lately, the
 * oldest entries first.
 */
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

/**
 * Who wants room in the table: a station that has spoken to us, or a packet of ours whose next hop
 * is to be asked for.
 */
export type NeighbourCause = 'heard' | 'asked';

/**
 * The entries that are to go where the table is full and none is old enough, `most` of them. So
 * nobody can fill it up: who makes up stations puts out his own ones.
 *
 * 1. Those that have merely spoken, or have failed; the first ones first.
 * 2. Those that do not answer. Where another one is to be asked, only those whose first request is
 *    over, so that however many addresses are sent to, no more than the table holds are asked for
 *    in `retransTimeMs` (RFC 1122 2.3.2.1).
 * 3. Those that packets are sent to, the least recently used first. Where another one is to be
 *    asked, only while less than half of the table is being asked for: it may well not answer
 *    either.
 */
export function chooseVictims(
  entries: Iterable<Neighbour>,
  cause: NeighbourCause,
  most: number,
  retransTimeMs: number,
  nowMs: number,
): Neighbour[] {
  const idle: Neighbour[] = [];
  const asked: Neighbour[] = [];
  const used: Neighbour[] = [];
  for (const neighbour of entries) {
    if (neighbour.state === 'INCOMPLETE') asked.push(neighbour);
    else if (neighbour.state !== 'PERMANENT') (isUnused(neighbour) ? idle : used).push(neighbour);
  }
  if (idle.length > 0) return oldest(idle, most, (one) => one.updatedMs);
  const unanswered =
    cause === 'heard' ? asked : asked.filter((one) => nowMs - one.updatedMs >= retransTimeMs);
  if (unanswered.length > 0) return oldest(unanswered, most, (one) => one.updatedMs);
  if (cause === 'asked' && asked.length >= used.length) return [];
  return oldest(used, most, (one) => one.usedMs);
}

function isUnused({ state, wasUsed }: Neighbour): boolean {
  return state === 'FAILED' || (state === 'STALE' && !wasUsed);
}

function oldest(
  neighbours: Neighbour[],
  most: number,
  timeOf: (neighbour: Neighbour) => number,
): Neighbour[] {
  return neighbours.sort((a, b) => timeOf(a) - timeOf(b)).slice(0, most);
}
