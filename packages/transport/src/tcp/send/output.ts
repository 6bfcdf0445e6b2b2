import { TCP_ACK, TCP_FIN, TCP_SYN } from '@strata/wire';
import { resending } from '../../outcomes.ts';
import { isSendingUrgent } from '../arrive/urgent.ts';
import { quietUntilMs } from '../open-close/open.ts';
import { restartAfterIdle, validateWindow } from '../recover/congestion/cwnd-validation.ts';
import { nextUnprovoked } from '../recover/find-losses.ts';
import { congestionRoom, inFlightOctets } from '../recover/in-flight.ts';
import { isReducing } from '../recover/loss-recovery.ts';
import { RECOVERY_RACK } from '../recover/rack.ts';
import {
  headRange,
  isAllAcknowledged,
  nextToResend,
  noteResent,
  noteSent,
  rangeOctets,
  tailRange,
} from '../recover/retransmission-queue.ts';
import { noteResentForUndo } from '../recover/undo.ts';
import type { SentRange } from '../state/send.ts';
import { seqAdd, seqDiff, seqGe, seqGt } from '../state/sequence.ts';
import {
  endOfSendSequence,
  isOnlyProbeInFlight,
  isSynchronized,
  sendOffsetOf,
  type Tcb,
} from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { backedOffRto } from '../timers/rto.ts';
import {
  isTransmitTimerOn,
  setTransmitTimer,
  startProbeTimer,
  stopTransmitTimer,
} from '../timers/transmit-timer.ts';
import { userTimeoutAtMs } from '../timers/user-timeout.ts';
import { armCork, holdsBack, isCorked } from './cork.ts';
import { emitAck, emitSegment } from './emit.ts';
import { mtuProbeOctets, noteProbeInconclusive, noteProbeSent } from './mtu-probe.ts';
import { awaitsPacing } from './pacing.ts';
import { noteFullSegment, restorePathMtu } from './path-mtu.ts';
import { stampRange } from './rate.ts';
import { noteSendLimit } from './send-limits.ts';
import { isWorthDeferring, largestPdu } from './super-segment.ts';

/**
 * Sends all that may be sent now: lost data first, then new data, then an acknowledgment if one is
 * still owed. Runs once after each batch of inputs.
 */
export function output(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
  tcb.pacing.turnOctets = 0;
  if (tcb.state === 'SYN-SENT' && tcb.sndNxt === tcb.iss) return sendFirstSyn(context, tcb, nowMs);
  if (!tcb.frto.isTrying && !tcb.undo.holdsBack) resendLost(context, tcb, nowMs);
  if (tcb.state !== 'SYN-SENT' && tcb.state !== 'SYN-RECEIVED') {
    sendNew(context, tcb, nowMs);
    goOnTrying(context, tcb, nowMs);
    resendUnprovoked(context, tcb, nowMs);
  }
  acknowledgeIfDue(context, tcb, nowMs);
  armTimers(context, tcb, nowMs);
  noteSendLimit(tcb, nowMs);
}

function acknowledgeIfDue(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (tcb.ackOwed === 'none') return;
  const due =
    tcb.ackOwed === 'now' ||
    tcb.quickAcks > 0 ||
    // RFC 9293 3.8.6.3, SHLD-19: acknowledge at least every second full-sized segment.
    tcb.unacknowledgedOctets >= 2 * tcb.rcvMss;
  if (due) emitAck(context, tcb, nowMs);
  else if (tcb.deadlines.delayedAck === Infinity) {
    tcb.deadlines.delayedAck = nowMs + DELAYED_ACK_MS;
  }
}

/**
 * How long an acknowledgment waits to be sent with data: Linux's TCP_DELACK_MIN. RFC 9293 3.8.6.3,
 * MUST-40 allows less than 500 ms.
 */
export const DELAYED_ACK_MS = 40;

function resendLost(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, sndMss } = tcb;
  while (queue.waitingOctets > 0) {
    if (awaitsPacing(context, tcb, nowMs)) return;
    const room = congestionRoom(tcb);
    if (room <= 0) return;
    const octets = Math.max(1, Math.floor(room / sndMss)) * sndMss;
    const range = nextToResend(queue, Math.min(octets, largestPdu(context, tcb)));
    if (range === undefined || rangeOctets(range) > room) return;
    if (!fitsWindow(tcb, range)) return;
    const isSlowStart = tcb.caState === 'loss';
    resending(context, isSlowStart ? 'strata/SLOW_START_RETRANSMIT' : 'strata/FAST_RETRANSMIT');
    resend(context, tcb, range, nowMs);
    countResent(context, tcb, range);
  }
}

/**
 * Cuts the next range to fit the send window. Data beyond a shrunken window waits; the first range
 * is sent all the same, as a probe (RFC 9293 3.8.6).
 */
function fitsWindow(tcb: Tcb, range: SentRange): boolean {
  const { retransmission: queue, sndMss } = tcb;
  const usable = tcb.sndWnd - seqDiff(range.sequence, tcb.sndUna);
  if (rangeOctets(range) <= usable) return true;
  const whole = Math.floor(usable / sndMss) * sndMss;
  if (whole <= 0 && range !== headRange(queue)) return false;
  nextToResend(queue, Math.max(whole, sndMss));
  return true;
}

function countResent({ counters }: TcpContext, tcb: Tcb, range: SentRange): void {
  const segments = Math.ceil(rangeOctets(range) / tcb.sndMss);
  counters[tcb.caState === 'loss' ? 'TCPSlowStartRetrans' : 'TCPFastRetrans'] += segments;
}

/** RFC 5682 2.1, step 2b: there is no new data to send, so lost data is retransmitted. */
function goOnTrying(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (!tcb.frto.isTrying || seqGt(tcb.sndNxt, tcb.recover)) return;
  tcb.frto.isTrying = false;
  tcb.frto.on = false;
  resendLost(context, tcb, nowMs);
}

/**
 * Without RACK: the retransmissions that RFC 6675 4, NextSeg(), allows when there is nothing else
 * to send.
 */
function resendUnprovoked(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (tcb.caState !== 'recovery' || !tcb.sackOn) return;
  if ((context.sysctl.tcp_recovery & RECOVERY_RACK) !== 0) return;
  while (tcb.retransmission.waitingOctets === 0) {
    if (tcb.congestion.cwnd - inFlightOctets(tcb) < tcb.sndMss) return;
    const range = nextUnprovoked(tcb, tcb.sndMss);
    if (range === undefined) return;
    resending(context, 'strata/RESCUE_RETRANSMIT');
    resend(context, tcb, range, nowMs);
    countResent(context, tcb, range);
  }
}

/** Retransmits a range, with its SYN or FIN. */
export function resend(context: TcpContext, tcb: Tcb, range: SentRange, nowMs: number): void {
  const isSyn = range.sequence === tcb.iss && !isSynchronized(tcb.state);
  const hasFin = tcb.finSent && seqGt(range.endSequence, endOfSendSequence(tcb));
  const octets = seqDiff(range.endSequence, range.sequence) - (isSyn ? 1 : 0) - (hasFin ? 1 : 0);
  let flags = hasFin ? TCP_ACK | TCP_FIN : TCP_ACK;
  if (isSyn) flags = tcb.state === 'SYN-SENT' ? TCP_SYN : TCP_SYN | TCP_ACK;
  emitSegment(context, tcb, flags, range.sequence, octets, nowMs);
  const taken = rangeOctets(range);
  noteResent(tcb.retransmission, range, tcb.sndMss, nowMs);
  stampRange(tcb, range, false, nowMs);
  noteResentForUndo(tcb, taken, nowMs);
  if (isReducing(tcb)) tcb.prr.sentOctets += taken;
  noteProbeInconclusive(tcb);
  context.counters.TcpRetransSegs += Math.max(1, Math.ceil(octets / tcb.sndMss));
  tcb.statistics.retransmissions += Math.max(1, Math.ceil(octets / tcb.sndMss));
  tcb.statistics.octetsRetransmitted += octets;
}

function sendNew(context: TcpContext, tcb: Tcb, nowMs: number): void {
  restartAfterIdle(context, tcb, nowMs);
  restorePathMtu(context, tcb, nowMs);
  const from = tcb.sndNxt;
  const isLimited = sendAllowed(context, tcb, nowMs);
  if (tcb.sndNxt !== from) {
    // The tail loss probe retransmits the segment sent last (RFC 8985 7.2), so its timer starts
    // here.
    startProbeTimer(context, tcb, false, nowMs);
    validateWindow(context, tcb, isLimited, nowMs);
  } else if (isLimited) validateWindow(context, tcb, true, nowMs);
}

/**
 * Sends new data as far as both windows allow. Returns whether the congestion window is the limit.
 */
function sendAllowed(context: TcpContext, tcb: Tcb, nowMs: number): boolean {
  if (probePathMtu(context, tcb, nowMs) === 'wait') return false;
  const largest = largestPdu(context, tcb);
  for (;;) {
    if (tcb.finSent) return false;
    const unsent = tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt);
    if (unsent === 0 && !tcb.finQueued) break;
    if (unsent > 0 && awaitsPacing(context, tcb, nowMs)) return false;
    const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
    const room = congestionRoom(tcb);
    const wanted = Math.min(unsent, largest);
    if (wanted > 0 && usable > 0 && room < Math.min(tcb.sndMss, wanted)) return true;
    const limit = Math.min(usable, room);
    if (limit < unsent && isWorthDeferring(context, tcb, limit, largest, nowMs))
      return room < usable;
    const octets = octetsToSend(tcb, wanted, unsent, usable, room);
    const withFin = tcb.finQueued && octets === unsent && usable > octets;
    if (octets === 0 && !withFin) break;
    sendRange(context, tcb, octets, withFin, nowMs);
  }
  return inFlightOctets(tcb) + tcb.sndMss > tcb.congestion.cwnd;
}

/**
 * Sends one segment of new data without regard to the congestion window (the tail loss probe, RFC
 * 8985 7.3). Returns false if there is no data or the peer's window is full.
 */
export function sendOneSegment(context: TcpContext, tcb: Tcb, nowMs: number): boolean {
  if (tcb.finSent) return false;
  const unsent = tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt);
  const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
  const octets = Math.min(unsent, tcb.sndMss);
  if (octets <= 0 || usable < octets) return false;
  const withFin = tcb.finQueued && octets === unsent && usable > octets;
  sendRange(context, tcb, octets, withFin, nowMs);
  return true;
}

/** Sends an MTU probe if one is due. `wait`: one is due, but the window has no room for it yet. */
function probePathMtu(context: TcpContext, tcb: Tcb, nowMs: number): 'wait' | 'done' {
  if (!tcb.mtuProbe.isOn || tcb.finSent) return 'done';
  const octets = mtuProbeOctets(context, tcb, nowMs);
  if (octets < 0) return 'wait';
  if (octets > 0) {
    const sequence = tcb.sndNxt;
    sendRange(context, tcb, octets, false, nowMs, octets);
    noteProbeSent(tcb, sequence, octets);
  }
  return 'done';
}

/**
 * Data octets of the next segment or super-segment; 0: send none now. RFC 9293 3.8.6.2.1 and 3.7.4.
 */
function octetsToSend(
  tcb: Tcb,
  wanted: number,
  unsent: number,
  usable: number,
  room: number,
): number {
  const mss = tcb.sndMss;
  if (wanted <= 0 || usable <= 0) return 0;
  const allowed = Math.min(wanted, usable, Math.max(room, mss));
  const whole = Math.floor(allowed / mss) * mss;
  if (allowed < unsent) {
    if (whole > 0) return whole;
    // The window has room for less than a segment: send if that is half of the largest window
    // (3.8.6.2.1, (3)).
    return usable >= tcb.maxSndWnd / 2 && allowed === usable ? allowed : 0;
  }
  if (whole === allowed || mayLeaveSmall(tcb)) return allowed;
  return whole;
}

/**
 * Whether a segment smaller than the MSS may be sent (RFC 9293 3.7.4). Minshall's variant of
 * Nagle's algorithm, as in Linux's tcp_minshall_check(): only another small segment in flight holds
 * it back. The last segment before a FIN is always sent.
 */
function mayLeaveSmall(tcb: Tcb): boolean {
  if (tcb.finQueued || isSendingUrgent(tcb)) return true;
  if (isCorked(tcb)) return false;
  if (tcb.options.noDelay === true) return true;
  // A value beyond SND.NXT is an old one: sequence numbers have wrapped since.
  return !seqGt(tcb.sndSml, tcb.sndUna) || seqGt(tcb.sndSml, tcb.sndNxt);
}

function sendRange(
  context: TcpContext,
  tcb: Tcb,
  octets: number,
  withFin: boolean,
  nowMs: number,
  segmentSize = tcb.sndMss,
): void {
  const sequence = tcb.sndNxt;
  const end = seqAdd(sequence, octets + (withFin ? 1 : 0));
  const flags = withFin ? TCP_ACK | TCP_FIN : TCP_ACK;
  emitSegment(context, tcb, flags, sequence, octets, nowMs, segmentSize);
  if (octets >= tcb.sndMss) noteFullSegment(tcb, sequence);
  const wasIdle = isAllAcknowledged(tcb.retransmission);
  noteSent(tcb.retransmission, sequence, end, segmentSize, nowMs);
  stampRange(tcb, tailRange(tcb.retransmission), wasIdle, nowMs);
  if (isReducing(tcb)) tcb.prr.sentOctets += seqDiff(end, sequence);
  tcb.sndNxt = end;
  if (octets % segmentSize !== 0) tcb.sndSml = end;
  if (octets > 0) context.counters.TCPOrigDataSent += Math.ceil(octets / segmentSize);
  if (withFin) tcb.finSent = true;
}

/**
 * Starts the retransmission timer (RFC 6298 5.1), or the persist timer if the window is closed (RFC
 * 9293 3.8.6.1).
 */
function armTimers(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { deadlines } = tcb;
  armCork(tcb, nowMs);
  const timeout = backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms);
  const idle = isAllAcknowledged(tcb.retransmission);
  const isProbing = isOnlyProbeInFlight(tcb);
  if (idle || isProbing) stopTransmitTimer(tcb);
  else if (!isTransmitTimerOn(tcb)) setTransmitTimer(tcb, 'retransmit', nowMs + timeout);
  const isWaiting = isProbing || (idle && isHeldBack(tcb));
  if (!isWaiting) deadlines.persist = Infinity;
  else if (deadlines.persist === Infinity) deadlines.persist = nowMs + timeout;
  const latest = userTimeoutAtMs(context, tcb, isWaiting, nowMs);
  if (latest === Infinity) return;
  if (deadlines.retransmit > latest && !idle && !isProbing) deadlines.retransmit = latest;
  if (deadlines.persist > latest && isWaiting) deadlines.persist = latest;
}

/**
 * Whether data or a FIN waits, and nothing in flight will bring the acknowledgment that releases
 * it.
 */
function isHeldBack(tcb: Tcb): boolean {
  if (tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED') return false;
  const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
  if (tcb.deadlines.pacing !== Infinity) return false;
  return (unsent > 0 && !holdsBack(tcb)) || (tcb.finQueued && !tcb.finSent);
}

/**
 * Sends a zero-window probe: one octet (or the FIN) beyond the closed window, or the same one again
 * (RFC 9293 3.8.6.1, MUST-36).
 */
export function probeWindow(context: TcpContext, tcb: Tcb, nowMs: number): void {
  resending(
    context,
    'strata/WINDOW_PROBE',
    headRange(tcb.retransmission) ? 'retransmitted' : 'emitted',
  );
  tcb.probes += 1;
  tcb.rto.backoff += 1;
  tcb.deadlines.persist = Infinity;
  const head = headRange(tcb.retransmission);
  if (head !== undefined) resend(context, tcb, head, nowMs);
  else if (seqDiff(endOfSendSequence(tcb), tcb.sndNxt) > 0) {
    const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
    const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
    // The window was open, but too small to be worth a segment: the probe fills it (3.8.6.2.1,
    // (4)).
    sendRange(context, tcb, Math.max(1, Math.min(usable, unsent, tcb.sndMss)), false, nowMs);
  } else if (tcb.finQueued && !tcb.finSent) sendRange(context, tcb, 0, true, nowMs);
  armTimers(context, tcb, nowMs);
}

/** Begins an active open. During the quiet time the SYN's timer runs until the quiet time ends. */
function sendFirstSyn(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const untilMs = quietUntilMs(context);
  if (nowMs < untilMs) tcb.deadlines.retransmit = untilMs;
  else sendSyn(context, tcb, TCP_SYN, nowMs);
}

/** Sends a SYN or SYN,ACK for the first time. */
export function sendSyn(context: TcpContext, tcb: Tcb, flags: number, nowMs: number): void {
  const { outcomes } = context;
  if (outcomes.isOn) {
    if ((flags & TCP_ACK) === 0) outcomes.purpose('emitted', 'strata/SYN');
    else outcomes.purpose('answered', 'strata/SYN_ACK');
  }
  emitSegment(context, tcb, flags, tcb.iss, 0, nowMs);
  if (tcb.sndNxt === tcb.iss) {
    tcb.sndNxt = seqAdd(tcb.iss, 1);
    noteSent(tcb.retransmission, tcb.iss, tcb.sndNxt, tcb.sndMss, nowMs);
  }
  armTimers(context, tcb, nowMs);
}

/** Whether everything sent is acknowledged, our FIN included. */
export function isFinAcknowledged(tcb: Tcb): boolean {
  return tcb.finSent && seqGe(tcb.sndUna, tcb.sndNxt);
}
