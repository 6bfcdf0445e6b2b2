import {
  type ChecksumState,
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  HEADROOM_OCTETS,
  PROTOCOL_TCP,
  type SackBlock,
  TCP_ACK,
  TCP_PSH,
  TCP_SYN,
  TCP_URG,
  type TcpOptions,
  tcpHeaderOctets,
} from '@strata/wire';
import type { TransportContext } from '../../context.ts';
import { sackBlocks } from '../arrive/receive-queue.ts';
import { takeWindowField, windowShiftFor } from '../arrive/receive-window.ts';
import { urgentPointer } from '../arrive/urgent.ts';
import { isEct, takeEcnFlags, tosOf } from '../recover/ecn.ts';
import { seqAdd } from '../state/sequence.ts';
import type { SocketAddress, TcpSocketOptions } from '../state/socket.ts';
import { bareSequence, sendOffsetOf, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { userTimeoutOfSyn, userTimeoutToAnnounce } from '../timers/user-timeout.ts';
import { notePaced } from './pacing.ts';
import { isPathSuspect } from './path-suspect.ts';
import { copySent, viewSent } from './send-buffer.ts';

/** The timestamp clock: milliseconds, with the connection's offset (RFC 7323 5.4). */
export function timestampNow(tcb: Tcb, nowMs: number): number {
  return (Math.floor(nowMs) + tcb.timestampOffset) >>> 0;
}

/**
 * A super-segment of at least this size is not copied after its header, but sent as views: a view
 * costs as much as copying some thousand octets.
 */
const LEAST_TAIL_OCTETS = 4096;

/** Sends one segment: `octets` of the send buffer from `sequence` on, with these control bits. */
export function emitSegment(
  context: TcpContext,
  tcb: Tcb,
  flags: number,
  sequence: number,
  octets: number,
  nowMs: number,
  /** MSS of a super-segment's parts. An MTU probe is larger than the MSS and stays one segment. */
  segmentSize = tcb.sndMss,
): void {
  const isSyn = (flags & TCP_SYN) !== 0;
  const options = isSyn
    ? synOptions(context, tcb, flags, nowMs)
    : segmentOptions(context, tcb, octets, nowMs);
  const headerOctets = tcpHeaderOctets(options);
  const isGathered = octets > segmentSize && octets >= LEAST_TAIL_OCTETS;
  const bytes = context.allocate(headerOctets + (isGathered ? 0 : octets));
  let sent = flags | takeEcnFlags(context, tcb, flags, sequence, octets);
  let tail: Uint8Array[] | undefined;
  if (octets > 0) {
    const offset = sendOffsetOf(tcb, sequence);
    let push: boolean;
    if (isGathered) ({ parts: tail, push } = viewSent(tcb.send, offset, octets));
    else push = copySent(tcb.send, offset, octets, bytes, headerOctets);
    if (push) sent |= TCP_PSH;
  }
  const pointer = isSyn ? 0 : urgentPointer(tcb, sequence);
  if (pointer > 0) sent |= TCP_URG;
  emitTcpHeader(bytes, {
    sourcePort: tcb.local.port,
    destinationPort: tcb.remote.port,
    sequence,
    acknowledgment: (flags & TCP_ACK) !== 0 ? tcb.rcvNxt : 0,
    flags: sent,
    window: takeWindowField(context, tcb, isSyn),
    urgentPointer: pointer,
    options,
  });
  const tos = tosOf(tcb, isEct(tcb, sequence, octets));
  send(
    context,
    tcb,
    bytes,
    headerOctets,
    tos,
    octets > segmentSize ? segmentSize : 0,
    tail,
    octets,
  );
  noteEmitted(context, tcb, flags, octets, Math.max(1, Math.ceil(octets / segmentSize)), nowMs);
}

function send(
  context: TcpContext,
  tcb: Tcb,
  bytes: Uint8Array,
  headerOctets: number,
  tos: number,
  segmentSize: number,
  tail: Uint8Array[] | undefined,
  octets: number,
): void {
  let checksum: ChecksumState = 'complete';
  // The receiver that cuts a super-segment up computes the checksums of the parts anyway.
  if (segmentSize > 0) {
    checksum = 'partial';
    const { local, remote } = tcb;
    emitTcpPartialChecksum(bytes, local.address, remote.address, tail === undefined ? 0 : octets);
  } else emitTcpChecksum(bytes, tcb.local.address, tcb.remote.address);
  context.emit({
    kind: 'send',
    source: tcb.local.address,
    destination: tcb.remote.address,
    protocol: PROTOCOL_TCP,
    ttl: tcb.options.ttl ?? context.sysctl.ip_default_ttl,
    tos,
    dontFragment: discoversPathMtu(context),
    interfaceIndex: 0,
    isPathSuspect: isPathSuspect(context, tcb) || undefined,
    segment: bytes,
    headroomOctets: HEADROOM_OCTETS,
    segmentSize,
    headerOctets,
    checksum,
    trace: undefined,
    tail,
  });
}

function noteEmitted(
  context: TcpContext,
  tcb: Tcb,
  flags: number,
  octets: number,
  segments: number,
  nowMs: number,
): void {
  context.counters.TcpOutSegs += segments;
  tcb.statistics.segmentsOut += segments;
  tcb.statistics.octetsSent += octets;
  // Only data ends idleness, an acknowledgment does not (RFC 5681 4.1).
  if (octets > 0) {
    tcb.lastSentMs = nowMs;
    tcb.statistics.dataSegmentsOut += segments;
    notePaced(context, tcb, octets, nowMs);
  }
  if ((flags & TCP_ACK) === 0) return;
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.ackOwed = 'none';
  tcb.unacknowledgedOctets = 0;
  tcb.deadlines.delayedAck = Infinity;
  if (tcb.quickAcks > 0) tcb.quickAcks -= 1;
}

/** Sends an acknowledgment without data now. */
export function emitAck(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (context.outcomes.isOn) context.outcomes.purposeUnlessKnown('emitted', 'strata/ACK');
  emitSegment(context, tcb, TCP_ACK, bareSequence(tcb), 0, nowMs);
}

/**
 * The MSS to announce: the largest data size in a segment that we receive, from the interface's MTU
 * (RFC 9293 3.7.1), but at least `min_adv_mss`.
 */
export function announcedMss(
  context: TransportContext,
  local: SocketAddress,
  options: TcpSocketOptions,
): number {
  const mtu = context.addresses.mtuOf(local.address);
  const fromMtu = Math.max(mtu - 40, context.sysctl.min_adv_mss);
  return Math.min(fromMtu, options.maximumSegmentSizeOctets ?? fromMtu);
}

function synOptions(context: TcpContext, tcb: Tcb, flags: number, nowMs: number): TcpOptions {
  // A SYN,ACK has only options that the peer's SYN offered (RFC 7323 2.2, 3.2; RFC 2018 2).
  const answers = (flags & TCP_ACK) !== 0;
  if (!answers && tcb.sndNxt === tcb.iss) chooseOffer(context, tcb);
  return {
    mss: announcedMss(context, tcb.local, tcb.options),
    windowScale: tcb.windowScalingOn ? tcb.rcvWndShift : undefined,
    sackPermitted: tcb.sackOn,
    timestamps: tcb.timestampsOn
      ? { value: timestampNow(tcb, nowMs), echo: answers ? tcb.tsRecent : 0 }
      : undefined,
    userTimeoutSeconds: userTimeoutOfSyn(context.sysctl, tcb.options),
  };
}

/**
 * The first SYN fixes what we offer: the peer may accept it even if the sysctls have changed
 * meanwhile.
 */
function chooseOffer({ sysctl }: TcpContext, tcb: Tcb): void {
  tcb.windowScalingOn = sysctl.tcp_window_scaling !== 0;
  tcb.sackOn = sysctl.tcp_sack !== 0;
  tcb.timestampsOn = sysctl.tcp_timestamps !== 0;
}

/** The window shift to offer: enough for the largest buffer that this connection may get. */
export function offeredShift(
  { sysctl }: TransportContext,
  options: TcpSocketOptions,
  rcvBufferOctets: number,
): number {
  return windowShiftFor(
    options.receiveBufferOctets ?? Math.max(rcvBufferOctets, sysctl.tcp_rmem[2]),
  );
}

function segmentOptions(context: TcpContext, tcb: Tcb, octets: number, nowMs: number): TcpOptions {
  const sack = octets === 0 ? blocksToReport(tcb) : undefined;
  const timestamps = tcb.timestampsOn
    ? { value: timestampNow(tcb, nowMs), echo: tcb.tsRecent }
    : undefined;
  // Only where it fits: full segments and segments with SACK have no room.
  if (tcb.options.userTimeoutOption === true && sack === undefined && octets + 4 <= tcb.sndMss) {
    return { timestamps, userTimeoutSeconds: userTimeoutToAnnounce(context, tcb) };
  }
  if (timestamps === undefined) return sack === undefined ? NO_OPTIONS : { sack };
  return { timestamps, sack };
}

const NO_OPTIONS: TcpOptions = {};

function blocksToReport(tcb: Tcb): SackBlock[] | undefined {
  if (!tcb.sackOn) return undefined;
  const duplicate = tcb.duplicateSack;
  const isNothingBeyond =
    tcb.receive.outOfOrder.length === 0 && tcb.pendingFinSequence === undefined;
  if (duplicate === undefined && isNothingBeyond) return undefined;
  const limit = tcb.timestampsOn ? 3 : 4;
  tcb.duplicateSack = undefined;
  if (duplicate === undefined) return blocksBeyond(tcb, limit);
  // RFC 2883 4: the duplicate is the first block.
  return [duplicate, ...blocksBeyond(tcb, limit - 1)];
}

/**
 * SACK blocks of the out-of-order data. A FIN has a sequence number too. If it follows a block, it
 * is part of the block; otherwise the peer would retransmit its last segment. If it stands alone,
 * it is a block of its own, which shows the peer that the data before it is lost.
 */
function blocksBeyond({ receive, pendingFinSequence: fin }: Tcb, limit: number): SackBlock[] {
  const blocks = sackBlocks(receive, limit);
  if (fin === undefined) return blocks;
  const end = seqAdd(fin, 1);
  const at = blocks.findIndex(({ right }) => right === fin);
  if (at >= 0) blocks[at] = { left: blocks[at]!.left, right: end };
  else if (blocks.length < limit) blocks.push({ left: fin, right: end });
  return blocks;
}

/** Whether TCP's packets carry DF (RFC 1191 3). */
export function discoversPathMtu({ sysctl }: TransportContext): boolean {
  return sysctl.ip_no_pmtu_disc === 0 || sysctl.ip_no_pmtu_disc === 3;
}

/** The largest IPv4 packet has room for this much, whatever `tcp_min_snd_mss` is. */
const LARGEST_MSS_OCTETS = 65_495;

/**
 * Largest data size in a segment: from the peer's MSS and the path MTU, less the options that each
 * segment carries.
 */
export function effectiveMss({ sysctl }: TransportContext, tcb: Tcb): number {
  const optionsOctets = tcb.timestampsOn ? 12 : 0;
  const largest = Math.min(
    tcb.peerMss,
    tcb.pathMtuOctets - 40,
    tcb.mtuProbe.isOn ? tcb.mtuProbe.searchLow - 40 : Infinity,
    tcb.options.maximumSegmentSizeOctets ?? Infinity,
  );
  return Math.min(LARGEST_MSS_OCTETS, Math.max(sysctl.tcp_min_snd_mss, largest)) - optionsOctets;
}
