import type { PingOptions } from './ping-options.ts';
import { inFlight, type PingStatistics } from './statistics.ts';

/** A flood without replies is limited to one request in this time. */
const FLOOD_INTERVAL_MS = 10;

/** When ping sends: a bucket of time that each request takes its interval from. */
export interface Pace {
  intervalMs: number;
  readonly preload: number;
  tokensMs: number;
  /** Of the first and of the last request. Undefined: none was sent. */
  startMs: number | undefined;
  lastMs: number;
}

export function createPace({ intervalMs, preload }: PingOptions): Pace {
  return { intervalMs, preload, tokensMs: 0, startMs: undefined, lastMs: 0 };
}

/** Milliseconds until the next request is due. 0: it is due now, and its interval is taken. */
export function untilDue(pace: Pace, statistics: PingStatistics, nowMs: number): number {
  const { intervalMs, preload } = pace;
  if (pace.startMs === undefined) {
    pace.startMs = nowMs;
    pace.lastMs = nowMs;
    pace.tokensMs = intervalMs * (preload - 1);
    return 0;
  }
  const passedMs = nowMs - pace.lastMs;
  if (intervalMs === 0 && passedMs < FLOOD_INTERVAL_MS && inFlight(statistics) >= preload) {
    return FLOOD_INTERVAL_MS - passedMs;
  }
  const tokensMs = Math.min(passedMs + pace.tokensMs, intervalMs * preload);
  if (tokensMs < intervalMs) return intervalMs - tokensMs;
  pace.lastMs = nowMs;
  pace.tokensMs = tokensMs - intervalMs;
  return 0;
}

/** An adaptive ping sends as fast as replies come: its interval is the average round-trip time. */
export function adapt(pace: Pace, { average8Us }: PingStatistics): void {
  pace.intervalMs = Math.floor((average8Us / 8 + 500) / 1000);
}
