import type { IpAddress, MacAddress } from '@strata/wire';
import type { LinkContext } from './context.ts';
import type { InterfaceCounters, LinkCounters } from './counters.ts';
import { LinkError } from './errors.ts';
import type { AddressClaim, AddressState } from './interface/address-claim.ts';
import type { InterfaceAddress, LinkInterface } from './interface/interface.ts';
import type { Neighbour, NeighbourState } from './neighbour/neighbour.ts';
import type { NeighbourTable } from './neighbour/neighbour-table.ts';
import { waitingOctets } from './neighbour/waiting.ts';
import type { LinkRequest } from './pdu.ts';
import type { LinkSysctl } from './sysctl.ts';

/** The version of {@link LinkSnapshot} that this code writes, and the only one it reads. */
const LINK_SNAPSHOT_VERSION = 4;

/**
 * An entry of the neighbour table. Times are ages, so that another process with another clock can
 * load it.
 */
export interface NeighbourSnapshot {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly mac: MacAddress;
  readonly state: NeighbourState;
  readonly updatedAgeMs: number;
  readonly confirmedAgeMs: number;
  readonly usedAgeMs: number;
  readonly wasUsed: boolean;
  readonly probes: number;
  /** Time until its timer fires; undefined: not running. */
  readonly timerMs: number | undefined;
  /** The same objects, not copies: the core that made the snapshot must not go on. */
  readonly waiting: readonly LinkRequest[];
}

/** An address, and what is known of it on the wire. */
export interface AddressClaimSnapshot {
  readonly address: IpAddress;
  readonly state: AddressState;
  readonly probes: number;
  readonly announcements: number;
  /** Time until the next step; undefined: none. */
  readonly timerMs: number | undefined;
  /** Undefined: no conflict was recorded. */
  readonly conflictAgeMs: number | undefined;
  readonly rival: MacAddress | undefined;
}

export interface InterfaceSnapshot {
  readonly index: number;
  readonly isUp: boolean;
  readonly mtu: number;
  readonly addresses: readonly InterfaceAddress[];
  readonly claims: readonly AddressClaimSnapshot[];
  readonly proxies: readonly IpAddress[];
  readonly groups: readonly IpAddress[];
  readonly counters: InterfaceCounters;
}

/** Times of the neighbour table as a whole. Undefined: has not happened, or is not due. */
export interface NeighbourTableSnapshot {
  readonly collectionTimerMs: number | undefined;
  readonly forcedCollectionAgeMs: number | undefined;
  /** The current random factor of reachable times. */
  readonly reachableFactor: number;
  readonly reachableFactorAgeMs: number | undefined;
}

/**
 * The whole state of a link core, as plain data. Answers as a proxy that wait are not in it: the
 * station that asked asks again. Nor are the routes: network tells them anew.
 */
export interface LinkSnapshot {
  readonly version: typeof LINK_SNAPSHOT_VERSION;
  readonly sysctl: LinkSysctl;
  readonly interfaces: readonly InterfaceSnapshot[];
  readonly neighbours: readonly NeighbourSnapshot[];
  readonly neighbourTable: NeighbourTableSnapshot;
  readonly counters: LinkCounters;
}

export function takeSnapshot(state: LinkContext, sysctl: LinkSysctl, nowMs: number): LinkSnapshot {
  return {
    version: LINK_SNAPSHOT_VERSION,
    sysctl,
    interfaces: Array.from(state.interfaces.values(), (link) => takeInterface(link, nowMs)),
    neighbours: Array.from(state.neighbours.entries(), (one) => takeNeighbour(one, nowMs)),
    neighbourTable: takeTable(state.neighbours, nowMs),
    counters: { ...state.report.counters },
  };
}

/** Restores the state of a snapshot, except the sysctl. */
export function restoreSnapshot(state: LinkContext, snapshot: LinkSnapshot, nowMs: number): void {
  for (const taken of snapshot.interfaces) {
    const link = state.interfaces.get(taken.index);
    if (link === undefined) continue;
    link.isUp = taken.isUp;
    link.mtu = taken.mtu;
    for (const group of link.groups) link.leave(group);
    for (const group of taken.groups) link.join(group);
    Object.assign(link.counters, taken.counters);
    link.proxies.clear();
    for (const address of taken.proxies) link.proxies.add(address);
    link.claims.clear();
    for (const claim of taken.claims) link.claims.set(claim.address, restoreClaim(claim, nowMs));
    state.interfaces.setAddresses(link, taken.addresses);
  }
  for (const taken of snapshot.neighbours) {
    if (state.interfaces.get(taken.interfaceIndex) === undefined) continue;
    state.neighbours.insert(restoreNeighbour(taken, nowMs), nowMs);
  }
  restoreTable(state.neighbours, snapshot.neighbourTable, nowMs);
  Object.assign(state.report.counters, snapshot.counters);
}

function takeTable(table: NeighbourTable, nowMs: number): NeighbourTableSnapshot {
  const times = table.times();
  return {
    collectionTimerMs: finite(times.collectionDueMs - nowMs),
    forcedCollectionAgeMs: finite(nowMs - times.lastForcedCollectionMs),
    reachableFactor: times.reachableFactor,
    reachableFactorAgeMs: finite(nowMs - times.reachableFactorChosenMs),
  };
}

function restoreTable(table: NeighbourTable, taken: NeighbourTableSnapshot, nowMs: number): void {
  const { collectionTimerMs, forcedCollectionAgeMs, reachableFactor, reachableFactorAgeMs } = taken;
  table.setTimes({
    collectionDueMs: nowMs + (collectionTimerMs ?? Number.POSITIVE_INFINITY),
    lastForcedCollectionMs: nowMs - (forcedCollectionAgeMs ?? Number.POSITIVE_INFINITY),
    reachableFactor,
    reachableFactorChosenMs: nowMs - (reachableFactorAgeMs ?? Number.POSITIVE_INFINITY),
  });
}

/** Infinity does not survive JSON. */
function finite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}

function takeInterface(link: LinkInterface, nowMs: number): InterfaceSnapshot {
  return {
    index: link.index,
    isUp: link.isUp,
    mtu: link.mtu,
    addresses: link.addresses,
    claims: Array.from(link.claims.values(), (claim) => takeClaim(claim, nowMs)),
    proxies: [...link.proxies],
    groups: link.groups,
    counters: { ...link.counters },
  };
}

function takeClaim(claim: AddressClaim, nowMs: number): AddressClaimSnapshot {
  const { address, state, probes, announcements, deadlineMs, conflictMs, rival } = claim;
  // A claim that has not begun begins at once.
  const timerMs = deadlineMs === Number.NEGATIVE_INFINITY ? 0 : finite(deadlineMs - nowMs);
  const conflictAgeMs = finite(nowMs - conflictMs);
  return { address, state, probes, announcements, timerMs, conflictAgeMs, rival };
}

function restoreClaim(taken: AddressClaimSnapshot, nowMs: number): AddressClaim {
  const { address, state, probes, announcements, timerMs, conflictAgeMs, rival } = taken;
  return {
    address,
    state,
    probes,
    announcements,
    deadlineMs: nowMs + (timerMs ?? Number.POSITIVE_INFINITY),
    conflictMs: nowMs - (conflictAgeMs ?? Number.POSITIVE_INFINITY),
    rival,
  };
}

/** Throws LINK_SNAPSHOT unless this code can read the snapshot. */
export function checkSnapshotVersion(snapshot: { readonly version: number }): void {
  if (snapshot.version === LINK_SNAPSHOT_VERSION) return;
  throw new LinkError(
    'LINK_SNAPSHOT',
    `snapshot version is ${snapshot.version}; only ${LINK_SNAPSHOT_VERSION} can be read`,
  );
}

function takeNeighbour(neighbour: Neighbour, nowMs: number): NeighbourSnapshot {
  const { interfaceIndex, address, mac, state, wasUsed, probes, deadlineMs } = neighbour;
  return {
    interfaceIndex,
    address,
    mac,
    state,
    updatedAgeMs: nowMs - neighbour.updatedMs,
    confirmedAgeMs: nowMs - neighbour.confirmedMs,
    usedAgeMs: nowMs - neighbour.usedMs,
    wasUsed,
    probes,
    timerMs: finite(deadlineMs - nowMs),
    waiting: [...neighbour.waiting],
  };
}

function restoreNeighbour(snapshot: NeighbourSnapshot, nowMs: number): Neighbour {
  const { interfaceIndex, address, mac, state, wasUsed, probes, timerMs } = snapshot;
  return {
    interfaceIndex,
    address,
    mac,
    state,
    updatedMs: nowMs - snapshot.updatedAgeMs,
    confirmedMs: nowMs - snapshot.confirmedAgeMs,
    usedMs: nowMs - snapshot.usedAgeMs,
    wasUsed,
    probes,
    deadlineMs: nowMs + (timerMs ?? Number.POSITIVE_INFINITY),
    waiting: [...snapshot.waiting],
    waitingOctets: snapshot.waiting.reduce((sum, request) => sum + waitingOctets(request), 0),
  };
}
