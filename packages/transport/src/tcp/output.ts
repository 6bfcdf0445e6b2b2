import { TCP_ACK, TCP_FIN, TCP_SYN } from '@strata/wire';
import { initialWindow } from './congestion/congestion-control.ts';
import { congestionControl } from './congestion/registry.ts';
import { congestionEvent, inFlightOctets } from './congestion-events.ts';
import { armCork, holdsBack, isCorked } from './cork.ts';
import { emitAck, emitSegment } from './emit.ts';
import type { TcpEnvironment } from './environment.ts';
import {
  headRange,
  isAllAcknowledged,
  nextToResend,
  noteResent,
  noteSent,
  type SentRange,
} from './retransmission-queue.ts';
import { backedOffRto } from './rto.ts';
import { seqAdd, seqDiff, seqGe, seqGt } from './sequence.ts';
import {
  endOfSendSequence,
  isOnlyProbeInFlight,
  isSynchronized,
  sendOffsetOf,
  type Tcb,
} from './tcb.ts';
import { isSendingUrgent } from './urgent.ts';
import { userTimeoutAtMs } from './user-timeout.ts';

/**
 * Sends all that may be sent now: lost data first, then new data, then an acknowledgment if one is still owed. Runs once
 * after each batch of inputs.
 */
export function output(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  if (tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
  resendLost(env, tcb, nowMs);
  if (tcb.state !== 'SYN-SENT' && tcb.state !== 'SYN-RECEIVED') sendNew(env, tcb, nowMs);
  acknowledgeIfDue(env, tcb, nowMs);
  armTimers(env, tcb, nowMs);
}

function acknowledgeIfDue(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  if (tcb.ackOwed === 'none') return;
  const due =
    tcb.ackOwed === 'now' ||
    tcb.quickAcks > 0 ||
    // RFC 9293 3.8.6.3, SHLD-19: at least every second full-sized segment.
    tcb.unacknowledgedOctets >= 2 * tcb.rcvMss;
  if (due) emitAck(env, tcb, nowMs);
  else if (tcb.deadlines.delayedAck === Infinity) {
    tcb.deadlines.delayedAck = nowMs + DELAYED_ACK_MS;
  }
}

/** How long an acknowledgment waits for data to ride on: Linux's least; below the 500 ms of RFC 9293 3.8.6.3, MUST-40. */
const DELAYED_ACK_MS = 40;

function resendLost(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const { retransmission } = tcb;
  while (retransmission.lostOctets > retransmission.resentOctets) {
    const room = tcb.congestion.cwnd - inFlightOctets(tcb);
    const isHead = retransmission.resentOctets === 0;
    // The first one goes out whatever the window says: it is what fast retransmit and the timer are for.
    if (room < tcb.sndMss && !isHead) return;
    const octets = isHead ? tcb.sndMss : Math.floor(room / tcb.sndMss) * tcb.sndMss;
    const range = nextToResend(retransmission, Math.min(octets, largestPdu(env, tcb)));
    if (range === undefined) return;
    resend(env, tcb, range, nowMs);
  }
}

/** Sends a range again, with the SYN or FIN that it holds. */
export function resend(env: TcpEnvironment, tcb: Tcb, range: SentRange, nowMs: number): void {
  const isSyn = range.sequence === tcb.iss && !isSynchronized(tcb.state);
  const hasFin = tcb.finSent && seqGt(range.endSequence, endOfSendSequence(tcb));
  const octets = seqDiff(range.endSequence, range.sequence) - (isSyn ? 1 : 0) - (hasFin ? 1 : 0);
  let flags = hasFin ? TCP_ACK | TCP_FIN : TCP_ACK;
  if (isSyn) flags = tcb.state === 'SYN-SENT' ? TCP_SYN : TCP_SYN | TCP_ACK;
  emitSegment(env, tcb, flags, range.sequence, octets, nowMs);
  noteResent(tcb.retransmission, range, nowMs);
  env.counters.TcpRetransSegs += Math.max(1, Math.ceil(octets / tcb.sndMss));
  tcb.statistics.retransmissions += 1;
  tcb.statistics.octetsRetransmitted += octets;
}

function largestPdu(env: TcpEnvironment, tcb: Tcb): number {
  // Whoever cuts a super-segment up might not move the urgent pointer.
  if (isSendingUrgent(tcb)) return tcb.sndMss;
  return Math.max(1, Math.floor(env.maxPduOctets / tcb.sndMss)) * tcb.sndMss;
}

function sendNew(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  restartAfterIdle(tcb, nowMs);
  const largest = largestPdu(env, tcb);
  for (;;) {
    if (tcb.finSent) return;
    const unsent = tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt);
    if (unsent === 0 && !tcb.finQueued) return;
    const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
    const room = tcb.congestion.cwnd - inFlightOctets(tcb);
    const octets = octetsToSend(tcb, Math.min(unsent, largest), unsent, usable, room);
    const withFin = tcb.finQueued && octets === unsent && usable > octets;
    if (octets === 0 && !withFin) return;
    sendRange(env, tcb, octets, withFin, nowMs);
  }
}

/** Octets of data to put into the next segment (or super-segment); 0: none now. RFC 9293 3.8.6.2.1 and 3.7.4. */
function octetsToSend(
  tcb: Tcb,
  wanted: number,
  unsent: number,
  usable: number,
  room: number,
): number {
  const mss = tcb.sndMss;
  if (wanted <= 0 || usable <= 0) return 0;
  if (room < Math.min(mss, wanted)) {
    tcb.cwndLimited = true;
    return 0;
  }
  const allowed = Math.min(wanted, usable, Math.max(room, mss));
  const whole = Math.floor(allowed / mss) * mss;
  if (allowed < unsent) {
    if (room < usable && allowed === Math.max(room, mss)) tcb.cwndLimited = true;
    if (whole > 0) return whole;
    // Less than a segment fits: it is worth sending where it is half of the largest window (3.8.6.2.1, (3)).
    return usable >= tcb.maxSndWnd / 2 && allowed === usable ? allowed : 0;
  }
  if (whole === allowed || mayLeaveSmall(tcb)) return allowed;
  return whole;
}

/**
 * Whether a segment smaller than the MSS may go out (RFC 9293 3.7.4). Minshall's reading of Nagle, as in Linux: only another small
 * segment in flight holds it back. With FIN behind it, it goes.
 */
function mayLeaveSmall(tcb: Tcb): boolean {
  if (tcb.finQueued || isSendingUrgent(tcb)) return true;
  if (isCorked(tcb)) return false;
  if (tcb.options.noDelay === true) return true;
  return !seqGt(tcb.sndSml, tcb.sndUna);
}

function sendRange(
  env: TcpEnvironment,
  tcb: Tcb,
  octets: number,
  withFin: boolean,
  nowMs: number,
): void {
  const sequence = tcb.sndNxt;
  const end = seqAdd(sequence, octets + (withFin ? 1 : 0));
  const flags = withFin ? TCP_ACK | TCP_FIN : TCP_ACK;
  emitSegment(env, tcb, flags, sequence, octets, nowMs);
  noteSent(tcb.retransmission, sequence, end, nowMs);
  tcb.sndNxt = end;
  if (octets % tcb.sndMss !== 0) tcb.sndSml = end;
  if (octets > 0) env.counters.TCPOrigDataSent += Math.ceil(octets / tcb.sndMss);
  if (withFin) tcb.finSent = true;
}

/** After a pause longer than an RTO the window starts anew (RFC 5681 4.1). */
function restartAfterIdle(tcb: Tcb, nowMs: number): void {
  if (tcb.sndNxt !== tcb.sndUna || nowMs - tcb.lastSentMs <= tcb.rto.rtoMs) return;
  if (tcb.send.endOffset === tcb.send.startOffset) return;
  tcb.congestion.cwnd = Math.min(tcb.congestion.cwnd, initialWindow(tcb.sndMss));
  congestionControl(tcb.congestion.name).onIdle(tcb.congestion, congestionEvent(tcb, nowMs));
}

/** Arms the retransmission timer (RFC 6298 5.1), or the persist timer where the window is shut (RFC 9293 3.8.6.1). */
export function armTimers(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const { deadlines } = tcb;
  armCork(tcb, nowMs);
  const timeout = backedOffRto(tcb.rto, env.sysctl.tcp_rto_max_ms);
  const idle = isAllAcknowledged(tcb.retransmission);
  const isProbing = isOnlyProbeInFlight(tcb);
  if (idle || isProbing) deadlines.retransmit = Infinity;
  else if (deadlines.retransmit === Infinity) deadlines.retransmit = nowMs + timeout;
  const isWaiting = isProbing || (idle && isHeldBack(tcb));
  if (!isWaiting) deadlines.persist = Infinity;
  else if (deadlines.persist === Infinity) deadlines.persist = nowMs + timeout;
  const latest = userTimeoutAtMs(env, tcb, isWaiting, nowMs);
  if (latest === Infinity) return;
  if (deadlines.retransmit > latest && !idle && !isProbing) deadlines.retransmit = latest;
  if (deadlines.persist > latest && isWaiting) deadlines.persist = latest;
}

/** Whether data or FIN waits that nothing in flight will bring on its way. */
function isHeldBack(tcb: Tcb): boolean {
  if (tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED') return false;
  const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
  return (unsent > 0 && !holdsBack(tcb)) || (tcb.finQueued && !tcb.finSent);
}

/** Sends one octet (or FIN) beyond the shut window, or the same again (RFC 9293 3.8.6.1, MUST-36). */
export function probeWindow(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  env.counters.TCPWinProbe += 1;
  tcb.probes += 1;
  tcb.rto.backoff += 1;
  tcb.deadlines.persist = Infinity;
  const head = headRange(tcb.retransmission);
  if (head !== undefined) resend(env, tcb, head, nowMs);
  else if (seqDiff(endOfSendSequence(tcb), tcb.sndNxt) > 0) {
    const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
    const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
    // A window too small to be worth a segment was held back: now it is filled (3.8.6.2.1, (4)).
    sendRange(env, tcb, Math.max(1, Math.min(usable, unsent, tcb.sndMss)), false, nowMs);
  } else if (tcb.finQueued && !tcb.finSent) sendRange(env, tcb, 0, true, nowMs);
  armTimers(env, tcb, nowMs);
}

/** Sends SYN or SYN,ACK for the first time. */
export function sendSyn(env: TcpEnvironment, tcb: Tcb, flags: number, nowMs: number): void {
  emitSegment(env, tcb, flags, tcb.iss, 0, nowMs);
  if (tcb.sndNxt === tcb.iss) {
    tcb.sndNxt = seqAdd(tcb.iss, 1);
    noteSent(tcb.retransmission, tcb.iss, tcb.sndNxt, nowMs);
  }
  armTimers(env, tcb, nowMs);
}

/** Whether all that was sent is acknowledged, our FIN included. */
export function isFinAcknowledged(tcb: Tcb): boolean {
  return tcb.finSent && seqGe(tcb.sndUna, tcb.sndNxt);
}
