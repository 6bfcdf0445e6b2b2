import type { Neighbour } from './neighbour.ts';

/** A forced collection keeps entries that changed within this time. */
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
  staleMs: (neighbour: Neighbour) => number,
  nowMs: number,
  remove: (neighbour: Neighbour) => void,
): void {
  for (const neighbour of entries) {
    if (!isIdle(neighbour)) continue;
    if (neighbour.state === 'FAILED' || nowMs - neighbour.usedMs > staleMs(neighbour))
      remove(neighbour);
  }
}

/**
 * Why a new entry is needed. `heard`: a station has sent us something. `asked`: a packet of ours
 * has an unknown next hop, which must be asked for.
 */
export type NeighbourCause = 'heard' | 'asked';

/**
 * Chooses at most `most` entries to evict from a full table in which no entry is old enough. So
 * nobody can fill the table: an attacker's invented stations evict each other.
 *
 * 1. Entries that only sent us something, or have failed; the oldest first.
 * 2. Entries that have not answered. For `asked`, only those first asked at least `retransTimeMs`
 *    ago. So within that time no more addresses are asked for than the table holds, for any number
 *    of destinations (RFC 1122 2.3.2.1).
 * 3. Entries that packets are sent to, the least recently used first. For `asked`, only while less
 *    than half of the table is being asked for: the new neighbour may not answer either.
 */
export function chooseVictims(
  entries: Iterable<Neighbour>,
  cause: NeighbourCause,
  most: number,
  retransTimeMs: (neighbour: Neighbour) => number,
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
    cause === 'heard' ? asked : asked.filter((one) => nowMs - one.updatedMs >= retransTimeMs(one));
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
