import type { EventTime } from './language/script.ts';
import type { Settings } from './settings.ts';

/** When an event should happen, on the script's clock. */
export interface Due {
  readonly fromUs: number;
  readonly toUs: number;
  /** Any time is right. */
  readonly isAny: boolean;
  /** Tolerance on both sides. */
  readonly toleranceUs: number;
}

/**
 * `offsetUs`: start of a relative time. `lastUs`: when the previous event was due. The tolerance is
 * the settings' value, or their share of the time since that event if that is more.
 */
export function dueOf(time: EventTime, offsetUs: number, lastUs: number, settings: Settings): Due {
  const { toleranceUs, tolerancePercent } = settings;
  if (time.kind === 'any') {
    return { fromUs: offsetUs, toUs: Number.POSITIVE_INFINITY, isAny: true, toleranceUs };
  }
  const base = time.relative ? offsetUs : 0;
  const share = ((base + time.us - lastUs) * tolerancePercent) / 100;
  return {
    fromUs: base + time.us,
    toUs: base + time.endUs,
    isAny: false,
    toleranceUs: Math.max(toleranceUs, share),
  };
}

/** The message for a wrong time of `what`. Undefined if the time is right. */
export function timeDifference(what: string, due: Due, actualUs: number): string | undefined {
  const { fromUs, toUs, isAny, toleranceUs } = due;
  // The core's clock is a floating-point number of milliseconds, so times may be off in the last
  // bit.
  const slackUs = toleranceUs + 0.001;
  if (isAny || (actualUs >= fromUs - slackUs && actualUs <= toUs + slackUs)) return undefined;
  const when =
    fromUs === toUs ? `at ${seconds(fromUs)}` : `from ${seconds(fromUs)} to ${seconds(toUs)}`;
  const early = actualUs < fromUs ? 'early' : 'late';
  return `${what} is too ${early}: at ${seconds(actualUs)} s, not ${when} s (tolerance ${seconds(toleranceUs)} s)`;
}

/** Formats microseconds as seconds, without trailing zeros. */
export function seconds(us: number): string {
  return String(Number((us / 1e6).toFixed(6)));
}
