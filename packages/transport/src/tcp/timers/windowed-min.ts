import type { WindowedMin } from '../state/timers.ts';

/** Adds a measurement. Returns the minimum of the last `windowMs`. */
export function updateWindowedMin(
  min: WindowedMin,
  value: number,
  windowMs: number,
  nowMs: number,
): number {
  const { values, atMs } = min;
  if (value <= values[0] || nowMs - atMs[2] > windowMs) {
    setFrom(min, 0, value, nowMs);
    return value;
  }
  if (value <= values[1]) setFrom(min, 1, value, nowMs);
  else if (value <= values[2]) setFrom(min, 2, value, nowMs);
  const age = nowMs - atMs[0];
  if (age > windowMs) {
    promote(min, value, nowMs);
    if (nowMs - atMs[0] > windowMs) promote(min, value, nowMs);
  } else if (atMs[1] === atMs[0] && age > windowMs / 4) {
    // The second value should come from a later quarter of the window.
    setFrom(min, 1, value, nowMs);
  } else if (atMs[2] === atMs[1] && age > windowMs / 2) setFrom(min, 2, value, nowMs);
  return values[0];
}

function setFrom({ values, atMs }: WindowedMin, index: number, value: number, nowMs: number): void {
  for (let i = index; i < 3; i += 1) {
    values[i] = value;
    atMs[i] = nowMs;
  }
}

/** The minimum is too old: the second value replaces it. */
function promote({ values, atMs }: WindowedMin, value: number, nowMs: number): void {
  values[0] = values[1];
  atMs[0] = atMs[1];
  values[1] = values[2];
  atMs[1] = atMs[2];
  values[2] = value;
  atMs[2] = nowMs;
}
