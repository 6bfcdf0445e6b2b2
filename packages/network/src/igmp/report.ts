/** Sending IGMP reports. */
import {
  emitIgmp,
  emitIgmpReport,
  HEADROOM_OCTETS,
  IGMP_LEAVE,
  IGMP_MIN_OCTETS,
  IGMP_V1_REPORT,
  IGMP_V2_REPORT,
  type IgmpRecord,
  type IpAddress,
  igmpReportOctets,
  ipv4Address,
  ipv4Bits,
  knobsOf,
  PROTOCOL_IGMP,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { send } from '../output/send.ts';
import { ALL_HOSTS_GROUP, type IgmpInterface } from './state.ts';

/** Leaves go here (RFC 2236 9). */
const ALL_ROUTERS_GROUP: IpAddress = ipv4Address(0xe0000002);
/** Version 3 reports go here (RFC 3376 4.2.14). */
const IGMP_ROUTERS_GROUP: IpAddress = ipv4Address(0xe0000016);

/** The router alert option: routers look into the packet (RFC 2113; RFC 3376 4). */
const ROUTER_ALERT = Uint8Array.of(0x94, 0x04, 0, 0);
/** Internetwork control (RFC 3376 4). */
const TOS = 0xc0;
const HEADER_OCTETS = 24;

/** Whether the group is reported: those of the link itself only if the sysctl says so. */
export function isReported({ sysctl }: NetworkContext, group: IpAddress): boolean {
  if (group === ALL_HOSTS_GROUP) return false;
  const isOfLink = ipv4Bits(group) >>> 8 === 0xe00000;
  return !isOfLink || sysctl.igmp_link_local_mcast_reports !== 0;
}

/** The version that this host speaks on the interface now (RFC 3376 7.2.1). */
export function versionOf({ conf }: NetworkContext, on: IgmpInterface, nowMs: number): 1 | 2 | 3 {
  const forced = knobsOf(conf, on.index).force_igmp_version;
  if (forced === 1 || forced === 2 || forced === 3) return forced;
  if (nowMs < on.v1UntilMs) return 1;
  return nowMs < on.v2UntilMs ? 2 : 3;
}

/** Sends records, in as many reports as the interface's MTU asks for (RFC 3376 4.2.16). */
export function sendReports(
  context: NetworkContext,
  on: IgmpInterface,
  records: readonly IgmpRecord[],
  nowMs: number,
): void {
  const mtu = context.interfaces.byIndex(on.index)?.mtu ?? 0;
  const room = mtu - HEADER_OCTETS;
  let batch: IgmpRecord[] = [];
  const flush = () => {
    if (batch.length === 0) return;
    const segment = context.allocate(igmpReportOctets(batch));
    emitIgmpReport(segment, batch);
    sendMessage(context, on, IGMP_ROUTERS_GROUP, segment, nowMs);
    batch = [];
  };
  for (const record of records.flatMap((one) => cut(one, room))) {
    if (igmpReportOctets([...batch, record]) > room) flush();
    batch.push(record);
  }
  flush();
}

/** A report of version 1 or 2 about one group. */
export function sendOldReport(
  context: NetworkContext,
  on: IgmpInterface,
  group: IpAddress,
  nowMs: number,
): void {
  const type = versionOf(context, on, nowMs) === 1 ? IGMP_V1_REPORT : IGMP_V2_REPORT;
  sendOld(context, on, type, group, group, nowMs);
}

/** The leave of version 2. */
export function sendLeave(
  context: NetworkContext,
  on: IgmpInterface,
  group: IpAddress,
  nowMs: number,
): void {
  sendOld(context, on, IGMP_LEAVE, group, ALL_ROUTERS_GROUP, nowMs);
}

function sendOld(
  context: NetworkContext,
  on: IgmpInterface,
  type: number,
  group: IpAddress,
  destination: IpAddress,
  nowMs: number,
): void {
  const segment = context.allocate(IGMP_MIN_OCTETS);
  emitIgmp(segment, type, group);
  sendMessage(context, on, destination, segment, nowMs);
}

/**
 * A record whose sources do not fit one report is cut. A record that excludes keeps what fits: a
 * second one would take the place of the first (RFC 3376 4.2.16).
 */
function cut(record: IgmpRecord, room: number): IgmpRecord[] {
  const most = Math.max(1, Math.floor((room - igmpReportOctets([{ ...record, sources: [] }])) / 4));
  const { type, sources } = record;
  if (sources.length <= most) return [record];
  if (type === 'MODE_IS_EXCLUDE' || type === 'CHANGE_TO_EXCLUDE_MODE') {
    return [{ ...record, sources: sources.slice(0, most) }];
  }
  const parts: IgmpRecord[] = [];
  for (let at = 0; at < sources.length; at += most) {
    parts.push({ ...record, sources: sources.slice(at, at + most) });
  }
  return parts;
}

function sendMessage(
  context: NetworkContext,
  on: IgmpInterface,
  destination: IpAddress,
  segment: Uint8Array,
  nowMs: number,
): void {
  const { interfaces } = context;
  const by = interfaces.byIndex(on.index);
  if (by === undefined) return;
  const [own] = by.addresses;
  // A host without an address reports from 0.0.0.0 (RFC 3376 4.2.13).
  const source = own === undefined ? ipv4Address(0) : own.address;
  send(
    context,
    {
      kind: 'send',
      source,
      destination,
      protocol: PROTOCOL_IGMP,
      ttl: 1,
      tos: TOS,
      dontFragment: true,
      interfaceIndex: on.index,
      noLoop: true,
      segment,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace: undefined,
    },
    nowMs,
    ROUTER_ALERT,
  );
  context.counters.StrataIgmpOutMsgs += 1;
}
