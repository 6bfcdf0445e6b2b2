import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_RST, TCP_SYN } from '@strata/wire';
import { dropTcp, resending, took } from '../../outcomes.ts';
import { headRange } from '../recover/retransmission-queue.ts';
import { emitAck } from '../send/emit.ts';
import { isFinAcknowledged, resend } from '../send/output.ts';
import { sendBufferOctets } from '../send/send-buffer.ts';
import { seqAdd, seqGt, seqLe } from '../state/sequence.ts';
import { mayReceive, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { takeUserTimeout } from '../timers/user-timeout.ts';
import { changeState } from '../transitions.ts';
import {
  acceptability,
  isUnacceptable,
  noteTimestamp,
  type Unacceptable,
} from './acceptability.ts';
import { challenge, processAcknowledgment } from './acknowledgment.ts';
import { becomeEstablished } from './arrives-syn-sent.ts';
import { mayAnswerInvalid } from './challenge-limit.ts';
import type { ArrivedSegment } from './segment.ts';
import { reportDuplicate, takeData } from './take-data.ts';
import { takeUrgentPointer } from './urgent.ts';

/** SEGMENT ARRIVES in SYN-RECEIVED and all later states except TIME-WAIT (RFC 9293 3.10.7.4). */
export function arrivesInSynchronized(
  context: TcpContext,
  tcb: Tcb,
  arrived: ArrivedSegment,
  nowMs: number,
): void {
  noteArrived(tcb, arrived);
  let segment = arrived;
  if (tcb.state === 'SYN-RECEIVED' && (segment.flags & TCP_SYN) !== 0) {
    if (segment.segSeq !== tcb.irs) {
      dropTcp(context, 'TCP_INVALID_SYN');
      return challenge(context, tcb, nowMs);
    }
    if ((segment.flags & TCP_ACK) === 0) return repeatSynAck(context, tcb, nowMs);
    // The SYN,ACK of a simultaneous open: its SYN was received before, so it is trimmed (3.10.7.4).
    segment = withoutSyn(segment);
  }
  // First, check the sequence number (PAWS before it).
  const isOfFin = isResetOfFin(tcb, segment);
  const verdict = isOfFin ? 'acceptable' : acceptability(tcb, segment, nowMs);
  if (isUnacceptable(verdict)) return answerUnacceptable(context, tcb, segment, verdict, nowMs);
  // Second, check the RST bit.
  if ((segment.flags & TCP_RST) !== 0) return takeReset(context, tcb, segment, nowMs);
  // Fourth, check the SYN bit: a SYN is never accepted here (RFC 5961 4.2).
  if ((segment.flags & TCP_SYN) !== 0) {
    dropTcp(context, 'TCP_INVALID_SYN');
    return challenge(context, tcb, nowMs);
  }
  // Fifth, check the ACK field.
  if ((segment.flags & TCP_ACK) === 0) return dropTcp(context, 'TCP_FLAGS');
  if (tcb.state === 'SYN-RECEIVED' && !leaveSynReceived(context, tcb, segment, nowMs)) return;
  if (!processAcknowledgment(context, tcb, segment, nowMs)) return;
  // RFC 5961 5: options of an attacker who guessed only the sequence number must have no effect.
  noteTimestamp(tcb, tcb.lastAckSent, segment, nowMs);
  takeUserTimeout(tcb, segment);
  if (advanceOnFinAcknowledged(context, tcb, nowMs)) return took(context);
  // Sixth, check the URG bit. Seventh and eighth, process the data and the FIN.
  if (mayReceive(tcb.state)) takeUrgentPointer(context, tcb, segment);
  if (verdict === 'acceptable without data') {
    tcb.ackOwed = 'now';
    dropTcp(context, 'TCP_ZEROWINDOW');
    return context.wake(tcb);
  }
  takeDataAndFin(context, tcb, segment, nowMs);
}

/** Counts the segment; a super-segment counts as the segments it consists of. */
function noteArrived({ statistics }: Tcb, { data, segmentSize }: ArrivedSegment): void {
  const octets = data.byteLength;
  const segments = octets > 0 && segmentSize > 0 ? Math.ceil(octets / segmentSize) : 1;
  statistics.segmentsIn += segments;
  if (octets > 0) statistics.dataSegmentsIn += segments;
}

function withoutSyn(segment: ArrivedSegment): ArrivedSegment {
  return {
    ...segment,
    segSeq: seqAdd(segment.segSeq, 1),
    segLen: segment.segLen - 1,
    // ECE with SYN belongs to the handshake.
    flags: segment.flags & ~(TCP_SYN | TCP_ECE | TCP_CWR),
  };
}

/** The peer retransmitted its SYN: retransmit our SYN,ACK. */
function repeatSynAck(context: TcpContext, tcb: Tcb, nowMs: number): void {
  dropTcp(context, 'strata/TCP_SYN_KNOWN');
  const head = headRange(tcb.retransmission);
  if (head === undefined) return;
  resending(context, 'strata/SYN_REPEATED');
  resend(context, tcb, head, nowMs);
}

/** An unacceptable segment is answered by an ACK, unless it is a RST (RFC 9293 3.10.7.4). */
function answerUnacceptable(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  reason: Unacceptable,
  nowMs: number,
): void {
  dropTcp(context, reason);
  if ((segment.flags & TCP_RST) !== 0) return;
  // Data segments cannot start an ACK loop: only segments without data are limited, as in Linux's
  // tcp_oow_rate_limited().
  if (segment.segLen === 0 || (segment.flags & TCP_SYN) !== 0) {
    const skipped =
      reason === 'TCP_RFC7323_PAWS' ? 'strata/ACK_SKIPPED_PAWS' : 'strata/ACK_SKIPPED_SEQUENCE';
    if (!mayAnswerInvalid(context, tcb, skipped, nowMs)) return;
  }
  const end = seqAdd(segment.segSeq, segment.data.byteLength);
  if (segment.data.byteLength > 0 && seqLe(end, tcb.rcvNxt)) {
    reportDuplicate(context, tcb, segment.segSeq, end, 'TCPDSACKOldSent');
  }
  emitAck(context, tcb, nowMs);
}

/**
 * Whether this is a RST with the sequence number of the peer's FIN, RCV.NXT - 1, as macOS and some
 * middleboxes send it. RFC 5961 3.2 would drop it, and our FIN would be retransmitted until the
 * connection times out. It is accepted as in Linux's tcp_reset_check().
 */
function isResetOfFin(tcb: Tcb, { flags, segSeq }: ArrivedSegment): boolean {
  if ((flags & TCP_RST) === 0 || seqAdd(segSeq, 1) !== tcb.rcvNxt) return false;
  const { state } = tcb;
  return state === 'CLOSE-WAIT' || state === 'CLOSING' || state === 'LAST-ACK';
}

/**
 * A RST with SEG.SEQ = RCV.NXT is accepted. Any other RST in the window gets a challenge ACK (RFC
 * 5961 3.2).
 */
function takeReset(context: TcpContext, tcb: Tcb, segment: ArrivedSegment, nowMs: number): void {
  if (segment.segSeq !== tcb.rcvNxt && !isResetOfFin(tcb, segment)) {
    dropTcp(context, 'TCP_RESET');
    return challenge(context, tcb, nowMs);
  }
  took(context, 'TCP_RESET');
  const on = 'strata/RECEIVED_RST';
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      context.counters.TcpAttemptFails += 1;
      // A passive open returns to LISTEN: the listener is a separate object, so this connection
      // just ends.
      return context.close(tcb, on, 'refused', 'the peer sent RST while the connection was opened');
    case 'CLOSING':
    case 'LAST-ACK':
      return resetBehindFin(context, tcb);
    default:
      context.counters.TcpEstabResets += 1;
      return context.close(tcb, on, 'reset', 'the peer sent RST');
  }
}

/**
 * RST after both sides have sent FIN: the connection becomes CLOSED (RFC 9293 3.10.7.4). All the
 * peer's data has arrived, and the application can still take it. Data that the peer has not
 * acknowledged is lost, and the application is told so.
 */
function resetBehindFin(context: TcpContext, tcb: Tcb): void {
  const detail = 'the peer sent RST after both sides had closed';
  const on = 'strata/RECEIVED_RST';
  if (sendBufferOctets(tcb.send) > 0) return context.close(tcb, on, 'reset', detail);
  if (tcb.orphaned || tcb.endIndicated) return context.close(tcb, on, 'finished', detail);
  context.finish(tcb, on);
}

/**
 * SYN-RECEIVED: an acceptable ACK makes the connection ESTABLISHED. Returns false if the segment is
 * dropped.
 */
function leaveSynReceived(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): boolean {
  const { segAck } = segment;
  if (seqLe(segAck, tcb.sndUna) || seqGt(segAck, tcb.sndNxt)) {
    dropTcp(context, 'TCP_INVALID_ACK_SEQUENCE');
    context.refuse(segment, 'TCP_INVALID_ACK_SEQUENCE');
    return false;
  }
  if (tcb.listener !== 0) context.offer(tcb);
  const synWasLost = (headRange(tcb.retransmission)?.transmissions ?? 1) > 1;
  // The window of this segment is the first scaled one.
  tcb.sndWnd = segment.segWnd * 2 ** tcb.sndWndShift;
  tcb.maxSndWnd = Math.max(tcb.maxSndWnd, tcb.sndWnd);
  tcb.sndWl1 = segment.segSeq;
  tcb.sndWl2 = segAck;
  becomeEstablished(context, tcb, 'strata/RECEIVED_ACK_OF_SYN', synWasLost, nowMs);
  return true;
}

/**
 * State changes when the peer acknowledges our FIN. Returns true if the segment needs no further
 * processing.
 */
function advanceOnFinAcknowledged(context: TcpContext, tcb: Tcb, nowMs: number): boolean {
  if (!isFinAcknowledged(tcb)) return false;
  const on = 'strata/RECEIVED_ACK_OF_FIN';
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      changeState(context, tcb, 'FIN-WAIT-2', on);
      return false;
    case 'CLOSING':
      context.enterTimeWait(tcb, on, nowMs);
      return true;
    case 'LAST-ACK':
      context.finish(tcb, on);
      return true;
    default:
      return false;
  }
}

function takeDataAndFin(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const dataEnd = seqAdd(segment.segSeq, segment.data.byteLength);
  if (tcb.orphaned && segment.data.byteLength > 0 && seqGt(dataEnd, tcb.rcvNxt)) {
    // RFC 9293 3.6.1, RFC 1122 4.2.2.13: data after the application has closed is answered by a
    // RST.
    dropTcp(context, 'TCP_ABORT_ON_DATA');
    context.refuse(segment, 'TCP_ABORT_ON_DATA');
    const detail = 'data arrived after the application had closed';
    return context.close(tcb, 'strata/ABORT', 'aborted', detail);
  }
  takeData(context, tcb, segment, nowMs);
  if (tcb.finReceived && tcb.state === 'FIN-WAIT-2') {
    emitAck(context, tcb, nowMs);
    context.enterTimeWait(tcb, 'strata/RECEIVED_FIN', nowMs);
  }
}
