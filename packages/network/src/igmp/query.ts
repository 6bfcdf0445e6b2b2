/** IGMP messages from the link: queries, and reports of others (RFC 3376 5.2, RFC 2236 3). */
import {
  IGMP_QUERY,
  IGMP_V1_REPORT,
  IGMP_V2_REPORT,
  IgmpMessage,
  type IpAddress,
  type Ipv4Packet,
  isMulticastIpv4,
  isParseError,
  isUnspecified,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { done, drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { isReported, versionOf } from './report.ts';
import { isNothing } from './source-filter.ts';
import { type GroupState, type IgmpInterface, igmpOn } from './state.ts';

/** How long a querier of version 1 counts as there (RFC 2236 8.11). */
const V1_QUERIER_MS = 400_000;
/** The query response interval of a querier of version 2 (RFC 3376 8.12). */
const QUERY_RESPONSE_INTERVAL_MS = 10_000;

/** Takes an IGMP message that is for this stack. */
export function handleIgmp(
  context: NetworkContext,
  packet: Ipv4Packet,
  { interfaceIndex }: Arrival,
  nowMs: number,
): NetworkOutcome {
  context.counters.StrataIgmpInMsgs += 1;
  const message = IgmpMessage.parse(packet.payload);
  if (isParseError(message)) return drop(context, 'HDR_TRUNC');
  if (!message.hasValidChecksum()) return drop(context, 'strata/IGMP_CSUM');
  switch (message.type) {
    case IGMP_QUERY:
      return takeQuery(context, message, interfaceIndex, nowMs);
    case IGMP_V1_REPORT:
    case IGMP_V2_REPORT:
      return takeReport(context, message, interfaceIndex, nowMs);
    default:
      // Leaves and version 3 reports are for routers.
      return drop(context, 'strata/IGMP_TYPE_IGNORED');
  }
}

function takeQuery(
  context: NetworkContext,
  message: IgmpMessage,
  interfaceIndex: number,
  nowMs: number,
): NetworkOutcome {
  const version = message.queryVersion;
  if (version === undefined) return drop(context, 'HDR_TRUNC');
  const on = igmpOn(context.igmp, interfaceIndex, context.sysctl.igmp_qrv);
  noteQuerier(context, on, message, version, nowMs);
  const { group } = message;
  // A query of version 1 is always a general one (RFC 2236 3).
  const isGeneral = version === 1 || isUnspecified(group);
  if (!isGeneral && !isMulticastIpv4(group)) return drop(context, 'IP_INVALID_DEST');
  // An answer at once would make all hosts answer at the same time (RFC 3376 4.1.1 allows 0).
  const atMs = nowMs + context.random() * message.maxResponseMs;
  const speaks = versionOf(context, on, nowMs);
  if (isGeneral && speaks === 3) on.generalAtMs = Math.min(on.generalAtMs, atMs);
  else if (isGeneral)
    for (const state of members(context, on)) answerOld(state, atMs, nowMs, message);
  else {
    const state = on.groups.get(group);
    if (state === undefined || isNothing(state.filter) || !isReported(context, group)) {
      return drop(context, 'strata/NOT_A_MEMBER');
    }
    if (speaks < 3) answerOld(state, atMs, nowMs, message);
    else if (atMs < on.generalAtMs) {
      answer(state, version === 3 ? message.sources : [], atMs);
    }
  }
  return done(context, 'delivered', 'strata/IGMP_QUERY');
}

/** Notes which version the querier speaks, and its variables (RFC 3376 4.1.6, 7.2.1). */
function noteQuerier(
  context: NetworkContext,
  on: IgmpInterface,
  message: IgmpMessage,
  version: 1 | 2 | 3,
  nowMs: number,
): void {
  const before = versionOf(context, on, nowMs);
  if (version === 1) on.v1UntilMs = nowMs + V1_QUERIER_MS;
  else if (version === 2) {
    on.v2UntilMs = nowMs + on.robustness * on.queryIntervalMs + QUERY_RESPONSE_INTERVAL_MS;
  } else {
    if (message.robustness > 0) on.robustness = message.robustness;
    if (message.queryIntervalSeconds > 0) {
      on.queryIntervalMs = message.queryIntervalSeconds * 1_000;
    }
  }
  if (versionOf(context, on, nowMs) === before) return;
  // What was pending is of the other version (RFC 3376 7.2.1).
  on.generalAtMs = Infinity;
  for (const state of on.groups.values()) {
    state.responseAtMs = Infinity;
    state.changeAtMs = Infinity;
    state.modeReports = 0;
    state.sourceReports.clear();
    state.queried.clear();
  }
}

/** Rules 4 to 6 of RFC 3376 5.2: a query about one group. */
function answer(state: GroupState, sources: readonly IpAddress[], atMs: number): void {
  const isPending = state.responseAtMs !== Infinity;
  const asksForGroup = sources.length === 0 || (isPending && state.queried.size === 0);
  if (asksForGroup) state.queried.clear();
  else for (const source of sources) state.queried.add(source);
  state.responseAtMs = Math.min(state.responseAtMs, atMs);
}

/** RFC 2236 3: the timer is set anew only if less time is left to answer. */
function answerOld(state: GroupState, atMs: number, nowMs: number, message: IgmpMessage): void {
  if (state.responseAtMs > nowMs + message.maxResponseMs) state.responseAtMs = atMs;
}

/** Somebody else reported the group: versions 1 and 2 need no second report (RFC 2236 3). */
function takeReport(
  context: NetworkContext,
  message: IgmpMessage,
  interfaceIndex: number,
  nowMs: number,
): NetworkOutcome {
  const on = context.igmp.interfaces.get(interfaceIndex);
  const state = on?.groups.get(message.group);
  if (on === undefined || state === undefined || versionOf(context, on, nowMs) === 3) {
    return drop(context, 'strata/IGMP_TYPE_IGNORED');
  }
  state.responseAtMs = Infinity;
  state.changeAtMs = Infinity;
  state.isLastReporter = false;
  return done(context, 'delivered', 'strata/IGMP_REPORT');
}

/** The groups that the host reports. */
function members(context: NetworkContext, on: IgmpInterface): GroupState[] {
  return [...on.groups.values()].filter(
    ({ group, filter }) => !isNothing(filter) && isReported(context, group),
  );
}
