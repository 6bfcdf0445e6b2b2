/** IGMP's timers: answers to queries, repeated reports, refreshes. */
import type { IgmpRecord } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { repeatChange } from './changes.ts';
import { forgetIfSilent, refreshListeners } from './listen.ts';
import { isReported, sendOldReport, sendReports, versionOf } from './report.ts';
import { isNothing } from './source-filter.ts';
import type { GroupState, IgmpInterface } from './state.ts';

/** When `runIgmpTimers` has something to do, in milliseconds. Infinity: never. */
export function igmpDeadlineMs({ igmp }: NetworkContext): number {
  let soonest = igmp.refreshAtMs;
  for (const on of igmp.interfaces.values()) {
    soonest = Math.min(soonest, on.generalAtMs);
    for (const { changeAtMs, responseAtMs } of on.groups.values()) {
      soonest = Math.min(soonest, changeAtMs, responseAtMs);
    }
  }
  return soonest;
}

/** Sends what is due. */
export function runIgmpTimers(context: NetworkContext, nowMs: number): void {
  for (const on of context.igmp.interfaces.values()) {
    if (on.generalAtMs <= nowMs) answerGeneralQuery(context, on, nowMs);
    for (const state of on.groups.values()) {
      if (state.responseAtMs <= nowMs) answerGroupQuery(context, on, state, nowMs);
      if (state.changeAtMs <= nowMs) repeatChange(context, on, state, nowMs);
      forgetIfSilent(on, state);
    }
  }
  refreshListeners(context, nowMs);
}

/** One record a group, of its present filter (RFC 3376 5.2). */
function answerGeneralQuery(context: NetworkContext, on: IgmpInterface, nowMs: number): void {
  on.generalAtMs = Infinity;
  const records = [...on.groups.values()]
    .filter(({ group, filter }) => !isNothing(filter) && isReported(context, group))
    .map(currentState);
  sendReports(context, on, records, nowMs);
}

function answerGroupQuery(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  nowMs: number,
): void {
  const { filter, group } = state;
  const queried = [...state.queried];
  state.responseAtMs = Infinity;
  state.queried.clear();
  if (isNothing(filter)) return;
  if (versionOf(context, on, nowMs) < 3) {
    sendOldReport(context, on, group, nowMs);
    state.isLastReporter = true;
    return;
  }
  if (queried.length === 0) return sendReports(context, on, [currentState(state)], nowMs);
  // RFC 3376 5.2: of the sources that were asked for, those that pass.
  const sources = queried.filter(
    (source) => (filter.mode === 'include') === filter.sources.has(source),
  );
  if (sources.length > 0) {
    sendReports(context, on, [{ type: 'MODE_IS_INCLUDE', group, sources }], nowMs);
  }
}

function currentState({ group, filter }: GroupState): IgmpRecord {
  const type = filter.mode === 'include' ? 'MODE_IS_INCLUDE' : 'MODE_IS_EXCLUDE';
  return { type, group, sources: [...filter.sources] };
}
