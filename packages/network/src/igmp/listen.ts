/** What the sockets listen to (RFC 3376 2: IPMulticastListen), and what passes because of it. */
import { type IpAddress, isMulticastIpv4, isUnspecified } from '@strata/wire';
import type { InterfaceConfig } from '../config.ts';
import type { NetworkContext } from '../context.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { done, drop } from '../outcomes.ts';
import type { NetworkGroupRequest } from '../pdu.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { findPath } from '../routing/paths.ts';
import { isSilent, reportChange } from './changes.ts';
import { isNothing, merge, type SourceFilter } from './source-filter.ts';
import { createGroupState, type GroupState, type IgmpInterface, igmpOn } from './state.ts';

/** Link is told the groups again after this time: it may have been started anew. */
const REFRESH_MS = 10_000;
/** A socket's wish is forgotten if transport does not repeat it for this long. */
const LISTENER_LIFETIME_MS = 35_000;
/** Groups on one interface. Each socket has few: `igmp_max_memberships`. */
const MAX_GROUPS = 4_096;

/** Handles transport's wish to listen to a group, or to leave it. */
export function listen(
  context: NetworkContext,
  request: NetworkGroupRequest,
  nowMs: number,
): NetworkOutcome {
  const { group, socket } = request;
  if (!isMulticastIpv4(group)) return drop(context, 'IP_INVALID_DEST');
  const by = interfaceFor(context, request, nowMs);
  if (by === undefined) return drop(context, 'strata/NO_INTERFACE');
  const filter: SourceFilter = {
    mode: request.mode,
    sources: new Set(request.sources.map(({ address }) => address)),
  };
  const on = igmpOn(context.igmp, by.index, context.sysctl.igmp_qrv);
  const state = on.groups.get(group) ?? addGroup(on, group);
  if (state === undefined) return drop(context, 'strata/TOO_MANY_GROUPS');
  if (isNothing(filter)) state.listeners.delete(socket);
  else state.listeners.set(socket, { filter, expiresAtMs: nowMs + LISTENER_LIFETIME_MS });
  update(context, on, state, nowMs);
  return done(context, 'delivered', 'strata/GROUP_FILTER_SET');
}

/** Forgets sockets that transport does not repeat, and tells link the groups again. */
export function refreshListeners(context: NetworkContext, nowMs: number): void {
  const { igmp } = context;
  if (nowMs < igmp.refreshAtMs) return;
  igmp.refreshAtMs = Infinity;
  for (const on of igmp.interfaces.values()) {
    for (const state of on.groups.values()) {
      for (const [socket, { expiresAtMs }] of state.listeners) {
        if (expiresAtMs <= nowMs) state.listeners.delete(socket);
      }
      update(context, on, state, nowMs);
    }
    if (on.groups.size > 0) tellLink(context, on, nowMs);
  }
}

/** Deletes the group if nobody listens to it and all reports are sent. */
export function forgetIfSilent(on: IgmpInterface, state: GroupState): void {
  if (isSilent(state)) on.groups.delete(state.group);
}

function update(
  context: NetworkContext,
  on: IgmpInterface,
  state: GroupState,
  nowMs: number,
): void {
  const before = state.filter;
  state.filter = merge([...state.listeners.values()].map(({ filter }) => filter));
  if (!isSame(before, state.filter)) {
    reportChange(context, on, state, before, nowMs);
    if (isNothing(before) !== isNothing(state.filter)) tellLink(context, on, nowMs);
  }
  forgetIfSilent(on, state);
}

function isSame(one: SourceFilter, other: SourceFilter): boolean {
  return (
    one.mode === other.mode &&
    one.sources.size === other.sources.size &&
    [...one.sources].every((source) => other.sources.has(source))
  );
}

function tellLink({ igmp }: NetworkContext, on: IgmpInterface, nowMs: number): void {
  const wanted = [...on.groups.values()].filter(({ filter }) => !isNothing(filter));
  igmp.toLink.push({
    interfaceIndex: on.index,
    groups: wanted.map(({ group }) => ({ address: group })),
  });
  igmp.refreshAtMs = Math.min(igmp.refreshAtMs, nowMs + REFRESH_MS);
}

function addGroup(on: IgmpInterface, group: IpAddress): GroupState | undefined {
  if (on.groups.size >= MAX_GROUPS) return undefined;
  const state = createGroupState(group);
  on.groups.set(group, state);
  return state;
}

/**
 * The interface that the socket named by an address of it, or the one that the group is routed to,
 * as Linux's ip_mc_find_dev() chooses.
 */
function interfaceFor(
  context: NetworkContext,
  { group, interfaceAddress }: NetworkGroupRequest,
  nowMs: number,
): InterfaceConfig | undefined {
  if (!isUnspecified(interfaceAddress)) return context.interfaces.ownerOf(interfaceAddress);
  const path = findPath(context, interfaceAddress, group, 0, nowMs);
  if (typeof path === 'string' || path.interface.index === LOOPBACK_INDEX) return undefined;
  return path.interface;
}
