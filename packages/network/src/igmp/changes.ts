/** What a host says when an interface's filter of a group changes (RFC 3376 5.1, RFC 2236 3). */
import { type IgmpRecord, type IpAddress, knobsOf } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { isReported, sendLeave, sendOldReport, sendReports, versionOf } from './report.ts';
import { isNothing, type SourceFilter, without } from './source-filter.ts';
import type { GroupState, IgmpInterface } from './state.ts';

/** The group's filter on the interface has changed: tells the routers. */
export function reportChange(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  before: SourceFilter,
  nowMs: number,
): void {
  if (!isReported(context, state.group)) return;
  if (versionOf(context, on, nowMs) < 3) {
    reportMembership(context, on, state, before, nowMs);
    return;
  }
  const { filter } = state;
  // The reports that tell of a change of the mode tell of the sources too (RFC 3376 5.1).
  if (filter.mode !== before.mode) {
    state.modeReports = on.robustness;
    state.sourceReports.clear();
  } else if (state.modeReports > 0) state.modeReports = on.robustness;
  else {
    const changed = [
      ...without(filter.sources, before.sources),
      ...without(before.sources, filter.sources),
    ];
    for (const source of changed) state.sourceReports.set(source, on.robustness);
  }
  sendChange(context, on, state, nowMs);
}

/** Sends a report that is due again: of a change, or of a new member. */
export function repeatChange(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  nowMs: number,
): void {
  state.changeAtMs = Infinity;
  if (versionOf(context, on, nowMs) === 3) sendChange(context, on, state, nowMs);
  else sendOldReport(context, on, state.group, nowMs);
}

/** Whether the group has nothing more to say, so that it may be forgotten. */
export function isSilent({ listeners, changeAtMs }: GroupState): boolean {
  return listeners.size === 0 && changeAtMs === Infinity;
}

function sendChange(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  nowMs: number,
): void {
  sendReports(context, on, takeRecords(state), nowMs);
  const isDone = state.modeReports === 0 && state.sourceReports.size === 0;
  const intervalMs = knobsOf(context.conf, on.index).igmpv3_unsolicited_report_interval;
  state.changeAtMs = isDone ? Infinity : nowMs + context.random() * intervalMs;
}

/** The records that tell of the change. Each report that they go into counts. */
function takeRecords(state: GroupState): IgmpRecord[] {
  const { filter, group } = state;
  if (state.modeReports > 0) {
    state.modeReports -= 1;
    const type = filter.mode === 'include' ? 'CHANGE_TO_INCLUDE_MODE' : 'CHANGE_TO_EXCLUDE_MODE';
    return [{ type, group, sources: [...filter.sources] }];
  }
  const allowed: IpAddress[] = [];
  const blocked: IpAddress[] = [];
  for (const [source, left] of state.sourceReports) {
    const isAllowed = (filter.mode === 'include') === filter.sources.has(source);
    (isAllowed ? allowed : blocked).push(source);
    if (left === 1) state.sourceReports.delete(source);
    else state.sourceReports.set(source, left - 1);
  }
  const records: IgmpRecord[] = [
    { type: 'ALLOW_NEW_SOURCES', group, sources: allowed },
    { type: 'BLOCK_OLD_SOURCES', group, sources: blocked },
  ];
  return records.filter(({ sources }) => sources.length > 0);
}

/** Versions 1 and 2 know members only: a new one reports, twice; the last one leaves. */
function reportMembership(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  before: SourceFilter,
  nowMs: number,
): void {
  const isMember = !isNothing(state.filter);
  if (isMember === !isNothing(before)) return;
  if (isMember) {
    sendOldReport(context, on, state.group, nowMs);
    state.isLastReporter = true;
    const intervalMs = knobsOf(context.conf, on.index).igmpv2_unsolicited_report_interval;
    state.changeAtMs = nowMs + context.random() * intervalMs;
    return;
  }
  state.changeAtMs = Infinity;
  state.responseAtMs = Infinity;
  if (state.isLastReporter && versionOf(context, on, nowMs) === 2) {
    sendLeave(context, on, state.group, nowMs);
  }
  state.isLastReporter = false;
}
