import { Fifo, type GroupAddress, type IpAddress, ipv4Address } from '@strata/wire';
import { NOTHING, type SourceFilter } from './source-filter.ts';

/** 224.0.0.1: every host is a member. It is never reported (RFC 3376 5). */
export const ALL_HOSTS_GROUP: IpAddress = ipv4Address(0xe0000001);
/** Default of the query interval (RFC 3376 8.2). */
const QUERY_INTERVAL_MS = 125_000;

/** What one socket wants of a group. */
export interface Listener {
  readonly filter: SourceFilter;
  /** When it is forgotten, unless transport says it again. */
  readonly expiresAtMs: number;
}

/** A group on an interface. */
export interface GroupState {
  readonly group: IpAddress;
  /** By socket. */
  readonly listeners: Map<number, Listener>;
  /** The listeners' filters, merged. */
  filter: SourceFilter;
  /** Reports that are still to say that the filter's mode has changed (RFC 3376 5.1). */
  modeReports: number;
  /** By source: reports that are still to say that it was added or removed. */
  readonly sourceReports: Map<IpAddress, number>;
  /** When the next of these reports is due. Versions 1 and 2: the second report of a new member. */
  changeAtMs: number;
  /** When the answer to a query about the group is due. */
  responseAtMs: number;
  /** The sources that the query asked for. Empty: it asked for the group. */
  readonly queried: Set<IpAddress>;
  /** This host was the last to report the group: versions 1 and 2 (RFC 2236 3). */
  isLastReporter: boolean;
}

/** IGMP on one interface. */
export interface IgmpInterface {
  readonly index: number;
  readonly groups: Map<IpAddress, GroupState>;
  /** When the answer to a general query is due (RFC 3376 5.2). */
  generalAtMs: number;
  /** Until when a querier of version 1, or 2, counts as there (RFC 3376 7.2.1). */
  v1UntilMs: number;
  v2UntilMs: number;
  robustness: number;
  queryIntervalMs: number;
}

/** The groups that an interface listens to, for link: all of them. */
export interface LinkGroups {
  /** From 1. */
  readonly interfaceIndex: number;
  readonly groups: readonly GroupAddress[];
}

/** IGMP's state: RFC 3376 as a host. */
export interface IgmpState {
  /** By interface index. */
  readonly interfaces: Map<number, IgmpInterface>;
  readonly toLink: Fifo<LinkGroups>;
  /** When link is told all groups again. Infinity: there is none. */
  refreshAtMs: number;
}

export function createIgmpState(): IgmpState {
  return { interfaces: new Map(), toLink: new Fifo(), refreshAtMs: Infinity };
}

/** IGMP on the interface; new with this robustness variable. */
export function igmpOn(
  { interfaces }: IgmpState,
  index: number,
  robustness: number,
): IgmpInterface {
  let on = interfaces.get(index);
  if (on === undefined) {
    on = createIgmpInterface(index, robustness);
    interfaces.set(index, on);
  }
  return on;
}

function createIgmpInterface(index: number, robustness: number): IgmpInterface {
  return {
    index,
    groups: new Map(),
    generalAtMs: Infinity,
    v1UntilMs: 0,
    v2UntilMs: 0,
    robustness,
    queryIntervalMs: QUERY_INTERVAL_MS,
  };
}

export function createGroupState(group: IpAddress): GroupState {
  return {
    group,
    listeners: new Map(),
    filter: NOTHING,
    modeReports: 0,
    sourceReports: new Map(),
    changeAtMs: Infinity,
    responseAtMs: Infinity,
    queried: new Set(),
    isLastReporter: false,
  };
}
