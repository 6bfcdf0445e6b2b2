import type { EventTime } from './script.ts';
import type { Settings } from './settings.ts';

/** When an event is to happen, on the script's clock. */
export interface Due {
  readonly fromUs: number;
  readonly toUs: number;
  /** Any time is right. */
  readonly isAny: boolean;
  /** How far off it may be. */
  readonly toleranceUs: number;
}

/**
 * `offsetUs`: what a relative time counts from; `lastUs`: when the event before it was due. Tolerance is what the settings say, or a share
 * of the time since that event where that is more.
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

/** In words, what is wrong with the time of `what`; undefined where it is right. */
export function timeDifference(what: string, due: Due, actualUs: number): string | undefined {
  const { fromUs, toUs, isAny, toleranceUs } = due;
  // A clock that is a fraction of milliseconds is never exact to the last bit.
  const slackUs = toleranceUs + 0.001;
  if (isAny || (actualUs >= fromUs - slackUs && actualUs <= toUs + slackUs)) return undefined;
  const when =
    fromUs === toUs ? `at ${seconds(fromUs)}` : `from ${seconds(fromUs)} to ${seconds(toUs)}`;
  const early = actualUs < fromUs ? 'early' : 'late';
  return `${what} is too ${early}: at ${seconds(actualUs)} s, not ${when} s (tolerance ${seconds(toleranceUs)} s)`;
}

/** Seconds for people, without zeros at the end. */
export function seconds(us: number): string {
  return String(Number((us / 1e6).toFixed(6)));
}
