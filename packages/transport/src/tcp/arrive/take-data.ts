import { TCP_FIN } from '@strata/wire';
import { dropTcp, queued, took } from '../../outcomes.ts';
import { receiveEcn } from '../recover/ecn.ts';
import { announcedMss, emitAck } from '../send/emit.ts';
import { seqAdd, seqDiff, seqGe, seqGt, seqLe, seqLt } from '../state/sequence.ts';
import { mayReceive, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { changeState } from '../transitions.ts';
import { deliver } from './hand-up.ts';
import { measureReceiverRtt } from './receive-buffer.ts';
import {
  appendInOrder,
  clearOutOfOrder,
  insertOutOfOrder,
  isHeld,
  joinOutOfOrder,
} from './receive-queue.ts';
import type { ArrivedSegment } from './segment.ts';
import { takeUrgentOctet } from './urgent.ts';

/**
 * Received bytes of at least this size are kept without a copy. Smaller ones are copied, so that
 * they do not keep a large device buffer in memory.
 */
const KEEP_IN_PLACE_OCTETS = 16384;

/**
 * The seventh and eighth step of RFC 9293 3.10.7.4: the data and the FIN of an acceptable segment.
 * Duplicate octets are trimmed, out-of-order octets are queued (SHLD-31). Then the application gets
 * its data, once for each segment.
 */
export function takeData(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const dataSequence =
    segment.segLen > segment.data.byteLength && isSynSegment(segment)
      ? seqAdd(segment.segSeq, 1)
      : segment.segSeq;
  const dataEnd = seqAdd(dataSequence, segment.data.byteLength);
  const hasFin = (segment.flags & TCP_FIN) !== 0;
  if (segment.data.byteLength === 0 && !hasFin) {
    took(context);
    // A segment without data may have brought an urgent pointer.
    return deliver(context, tcb, nowMs);
  }
  if (!mayReceive(tcb.state)) {
    dropTcp(context, 'strata/TCP_BEHIND_FIN');
    return deliver(context, tcb, nowMs);
  }
  noteSegmentSize(context, tcb, segment);
  if (segment.data.byteLength > 0) tcb.statistics.lastDataMs = nowMs;
  receiveEcn(tcb, segment, seqGt(dataEnd, tcb.rcvNxt));
  if (seqGt(dataSequence, tcb.rcvNxt)) {
    takeBeyondHole(context, tcb, segment, dataSequence, hasFin, nowMs);
    return deliver(context, tcb, nowMs);
  }
  const fresh = seqDiff(dataEnd, tcb.rcvNxt);
  const hadHole = tcb.receive.outOfOrder.length > 0;
  if (fresh > 0) takeNext(context, tcb, segment, dataSequence, nowMs);
  else takeNothingNew(context, tcb, segment, dataSequence, hasFin);
  tcb.unacknowledgedOctets += Math.max(0, fresh);
  if (tcb.ackOwed === 'none') tcb.ackOwed = fresh > 0 ? 'delayed' : 'now';
  // The FIN is in order when all data before it has arrived and fitted the window.
  if (hasFin && dataEnd === tcb.rcvNxt) takeFin(context, tcb);
  else if (tcb.pendingFinSequence !== undefined)
    takePendingFin(context, tcb, tcb.pendingFinSequence);
  // Before the acknowledgment, because it frees room in the window.
  deliver(context, tcb, nowMs);
  // RFC 5681 4.2: a segment that fills all or part of a hole is acknowledged at once and by itself.
  // The peer's loss recovery depends on it.
  if (fresh > 0 && hadHole) emitAck(context, tcb, nowMs);
  context.wake(tcb);
}

function isSynSegment(segment: ArrivedSegment): boolean {
  return (segment.flags & 0x02) !== 0;
}

/**
 * Records the largest segment, at most the announced MSS: a device on the path may have joined
 * several.
 */
function noteSegmentSize(context: TcpContext, tcb: Tcb, { segmentSize }: ArrivedSegment): void {
  if (segmentSize <= tcb.rcvMss) return;
  const announced = announcedMss(context, tcb.local, tcb.options);
  tcb.rcvMss = Math.max(tcb.rcvMss, Math.min(segmentSize, announced));
}

/**
 * Takes octets in order, after trimming duplicates at the left and octets beyond the window at the
 * right.
 */
function takeNext(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  dataSequence: number,
  nowMs: number,
): void {
  const { receive } = tcb;
  const from = seqDiff(tcb.rcvNxt, dataSequence);
  const room = seqDiff(tcb.rcvAdv, tcb.rcvNxt);
  const to = Math.min(segment.data.byteLength, from + room);
  if (to <= from) return dropTcp(context, 'TCP_OVERWINDOW');
  took(context);
  if (from > 0) {
    noteDuplicate(context, tcb, dataSequence, tcb.rcvNxt);
    tcb.ackOwed = 'now';
  }
  const bytes =
    from === 0 && to === segment.data.byteLength ? segment.data : segment.data.subarray(from, to);
  measureReceiverRtt(tcb, segment, nowMs);
  const hadHole = receive.outOfOrder.length > 0;
  appendInOrder(receive, bytes, bytes.byteLength >= KEEP_IN_PLACE_OCTETS);
  tcb.rcvNxt = seqAdd(tcb.rcvNxt, bytes.byteLength);
  tcb.statistics.octetsReceived += bytes.byteLength;
  if (hadHole) {
    reportOverlap(context, tcb);
    const before = tcb.rcvNxt;
    tcb.rcvNxt = joinOutOfOrder(receive, tcb.rcvNxt);
    tcb.statistics.octetsReceived += seqDiff(tcb.rcvNxt, before);
  }
  takeUrgentOctet(context, tcb);
}

/**
 * The data just taken may overlap the first out-of-order block: those octets arrived twice (RFC
 * 2883 4.2.2).
 */
function reportOverlap(context: TcpContext, tcb: Tcb): void {
  const first = tcb.receive.outOfOrder[0]!;
  if (seqGe(first.sequence, tcb.rcvNxt) || tcb.duplicateSack !== undefined) return;
  const end = seqLt(first.endSequence, tcb.rcvNxt) ? first.endSequence : tcb.rcvNxt;
  reportDuplicate(context, tcb, first.sequence, end, 'TCPDSACKOfoSent');
}

function takeBeyondHole(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  dataSequence: number,
  hasFin: boolean,
  nowMs: number,
): void {
  const { receive } = tcb;
  const room = seqDiff(tcb.rcvAdv, dataSequence);
  const octets = Math.min(segment.data.byteLength, room);
  const end = seqAdd(dataSequence, octets);
  if (octets > 0) {
    if (isHeld(receive, dataSequence, end)) {
      dropTcp(context, 'TCP_OFOMERGE');
      reportDuplicate(context, tcb, dataSequence, end, 'TCPDSACKOfoSent');
    } else if (insertOutOfOrder(receive, dataSequence, segment.data.subarray(0, octets)) > 0) {
      queued(context, 'strata/OUT_OF_ORDER');
      tcb.statistics.outOfOrder += 1;
    } else dropTcp(context, 'TCP_OFO_DROP');
  } else if (segment.data.byteLength > 0) dropTcp(context, 'TCP_OVERWINDOW');
  else queued(context, 'strata/FIN_OUT_OF_ORDER');
  if (hasFin && octets === segment.data.byteLength) tcb.pendingFinSequence = end;
  // RFC 5681 4.2: each out-of-order segment gets a duplicate ACK at once.
  emitAck(context, tcb, nowMs);
}

/** All octets are duplicates; a FIN after them may be new. */
function takeNothingNew(
  context: TcpContext,
  tcb: Tcb,
  { data }: ArrivedSegment,
  dataSequence: number,
  hasFin: boolean,
): void {
  const dataEnd = seqAdd(dataSequence, data.byteLength);
  if (hasFin && dataEnd === tcb.rcvNxt) took(context);
  else dropTcp(context, 'TCP_OLD_DATA');
  if (data.byteLength > 0) noteDuplicate(context, tcb, dataSequence, dataEnd);
}

/** Duplicate octets: an immediate acknowledgment reports them (D-SACK, RFC 2883). */
function noteDuplicate(context: TcpContext, tcb: Tcb, left: number, right: number): void {
  tcb.ackOwed = 'now';
  if (seqGe(left, right)) return;
  const known = seqLt(tcb.rcvNxt, right) ? tcb.rcvNxt : right;
  reportDuplicate(context, tcb, left, known, 'TCPDSACKOldSent');
}

/**
 * Takes the FIN that arrived out of order when RCV.NXT reaches it. If RCV.NXT has passed it, the
 * FIN was invalid and is dropped.
 */
function takePendingFin(context: TcpContext, tcb: Tcb, sequence: number): void {
  if (sequence === tcb.rcvNxt) takeFin(context, tcb);
  else if (seqLt(sequence, tcb.rcvNxt)) tcb.pendingFinSequence = undefined;
}

/** The peer's FIN is in order (RFC 9293 3.10.7.4, eighth step). */
function takeFin(context: TcpContext, tcb: Tcb): void {
  tcb.rcvNxt = seqAdd(tcb.rcvNxt, 1);
  if (seqLe(tcb.rcvAdv, tcb.rcvNxt)) tcb.rcvAdv = tcb.rcvNxt;
  tcb.finReceived = true;
  tcb.pendingFinSequence = undefined;
  // Nothing follows a FIN: data beyond it is invalid and must not be SACKed.
  clearOutOfOrder(tcb.receive);
  tcb.ackOwed = 'now';
  const on = 'strata/RECEIVED_FIN';
  if (tcb.state === 'ESTABLISHED') changeState(context, tcb, 'CLOSE-WAIT', on);
  else if (tcb.state === 'FIN-WAIT-1') changeState(context, tcb, 'CLOSING', on);
  // FIN-WAIT-2 becomes TIME-WAIT in arrives-synchronized, after the acknowledgment is sent.
  context.wake(tcb);
}

/**
 * The next acknowledgment reports these duplicate octets (D-SACK, RFC 2883), if SACK is agreed and
 * `tcp_dsack` is on.
 */
export function reportDuplicate(
  context: TcpContext,
  tcb: Tcb,
  left: number,
  right: number,
  counter: 'TCPDSACKOldSent' | 'TCPDSACKOfoSent',
): void {
  if (!tcb.sackOn || context.sysctl.tcp_dsack === 0) return;
  context.counters[counter] += 1;
  tcb.duplicateSack = { left, right };
}
