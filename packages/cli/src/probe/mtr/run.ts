import type { ProbeExchange } from '../session.ts';
import type { Signals } from '../signals.ts';
import type { MtrOptions } from './mtr-options.ts';
import {
  createSurvey,
  dueProbes,
  giveUpAll,
  hasSentAll,
  type Survey,
  takeEvent,
} from './survey.ts';

/** What mtr needs from outside. Tests give it virtual time. */
export interface MtrEnvironment {
  readonly session: ProbeExchange;
  readonly signals: Signals;
  nowMs(): number;
  /** Called after each change, and now and then. Default: nothing is drawn. */
  draw?(survey: Survey): void;
  /** Whether no probe is to be sent for now. Default: never. */
  isPaused?(): boolean;
}

/** The longest wait where something is drawn: it has a clock. */
const DRAW_MS = 1000;

/** Probes the hops until all cycles are done, or somebody ends it. */
export async function runMtr(options: MtrOptions, environment: MtrEnvironment): Promise<Survey> {
  const { session, signals } = environment;
  const survey = createSurvey(options, environment.nowMs());
  let endMs = Number.POSITIVE_INFINITY;
  while (!signals.stop && survey.refusal === undefined) {
    const nowMs = environment.nowMs();
    const isPaused = environment.isPaused?.() ?? false;
    const probes = isPaused ? [] : dueProbes(survey, nowMs);
    if (hasSentAll(survey)) {
      if (endMs === Number.POSITIVE_INFINITY) endMs = nowMs + options.graceMs;
      if (probes.length === 0 && (survey.pending.size === 0 || nowMs >= endMs)) break;
    }
    const nextMs = hasSentAll(survey) || isPaused ? endMs : survey.nextMs;
    const waitMs = Math.min(nextMs - nowMs, environment.draw ? DRAW_MS : nextMs - nowMs);
    for (const event of await session.exchange(probes, waitMs, signals.abort.signal)) {
      takeEvent(survey, event);
    }
    environment.draw?.(survey);
  }
  giveUpAll(survey);
  return survey;
}
