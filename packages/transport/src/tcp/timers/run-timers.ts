import { expired, resending } from '../../outcomes.ts';
import { headRange, nextToResend } from '../recover/retransmission-queue.ts';
import { markHeadLost } from '../recover/scoreboard.ts';
import { sendLossProbe } from '../recover/tail-loss-probe.ts';
import { onReorderTimeout, onRetransmissionTimeout } from '../recover/timeouts.ts';
import { corkDue } from '../send/cork.ts';
import { emitAck } from '../send/emit.ts';
import { onPathSuspect } from '../send/mtu-probe.ts';
import { output, probeWindow, resend } from '../send/output.ts';
import { believePendingMtu } from '../send/path-mtu.ts';
import { isPathSuspect, tellWhereSuspect } from '../send/path-suspect.ts';
import { isSynchronized, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { doublesHandshakeTimeout, handshakeRetries, isGivenUp, isOrphanStuck } from './give-up.ts';
import { keepaliveDue } from './keepalive.ts';
import { stopTransmitTimer } from './transmit-timer.ts';
import { userTimeoutAtMs, userTimeoutMs } from './user-timeout.ts';

/** The earliest deadline of a connection; Infinity: no timer runs. */
export function nextDeadline(tcb: Tcb): number {
  const { retransmit, lossProbe, reorder, persist, delayedAck } = tcb.deadlines;
  const { keepalive, cork, pacing } = tcb.deadlines;
  return Math.min(retransmit, lossProbe, reorder, persist, delayedAck, keepalive, cork, pacing);
}

/**
 * Whether a timer runs for data that the connection has to send. Zero-window probes count only for
 * orphans, whose probes are limited (`tcp_orphan_retries`): otherwise a peer that reads no more
 * could be waited for without end.
 */
export function isSending(tcb: Tcb): boolean {
  const { retransmit, lossProbe, reorder, persist, cork, pacing } = tcb.deadlines;
  if (tcb.orphaned && persist < Infinity) return true;
  return Math.min(retransmit, lossProbe, reorder, cork, pacing) < Infinity;
}

/** Runs the connection's expired timers. */
export function runTimers(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { deadlines } = tcb;
  if (deadlines.delayedAck <= nowMs) {
    deadlines.delayedAck = Infinity;
    expired(context, 'delayed ACK', 'strata/DELAYED_ACK_TIMER', tcb.socket, nowMs);
    if (tcb.ackOwed !== 'none') emitAck(context, tcb, nowMs);
  }
  if (deadlines.cork <= nowMs) {
    expired(context, 'cork', 'strata/CORK_TIMER', tcb.socket, nowMs);
    corkDue(tcb);
  }
  // The data is sent when the layer next runs output().
  if (deadlines.pacing <= nowMs) {
    expired(context, 'pacing', 'strata/PACING_TIMER', tcb.socket, nowMs);
    deadlines.pacing = Infinity;
  }
  if (deadlines.keepalive <= nowMs) {
    expired(context, 'keepalive', 'strata/KEEPALIVE_TIMER', tcb.socket, nowMs);
    keepaliveDue(context, tcb, nowMs);
    if (tcb.state === 'CLOSED') return;
  }
  if (deadlines.persist <= nowMs) {
    expired(context, 'persist', 'strata/PERSIST_TIMER', tcb.socket, nowMs);
    if (isGivenUp(context, tcb, tcb.lastReceivedMs, nowMs) || isOrphanStuck(context, tcb)) {
      return timeOut(context, tcb);
    }
    if (isUserTimeout(context, tcb, true, nowMs)) return timeOut(context, tcb);
    probeWindow(context, tcb, nowMs);
  }
  if (deadlines.retransmit <= nowMs) {
    expired(context, 'retransmit', 'strata/RETRANSMIT_TIMER', tcb.socket, nowMs);
    retransmissionDue(context, tcb, nowMs);
  } else if (deadlines.reorder <= nowMs) {
    expired(context, 'reorder', 'strata/REORDER_TIMER', tcb.socket, nowMs);
    onReorderTimeout(context, tcb, nowMs);
  } else if (deadlines.lossProbe <= nowMs) {
    expired(context, 'loss probe', 'strata/LOSS_PROBE_TIMER', tcb.socket, nowMs);
    sendLossProbe(context, tcb, nowMs);
    output(context, tcb, nowMs);
  }
}

function retransmissionDue(context: TcpContext, tcb: Tcb, nowMs: number): void {
  stopTransmitTimer(tcb);
  if (isUserTimeout(context, tcb, false, nowMs)) {
    if (!isSynchronized(tcb.state)) context.counters.TcpAttemptFails += 1;
    return timeOut(context, tcb);
  }
  if (tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED') {
    return handshakeTimeout(context, tcb, nowMs);
  }
  const since = tcb.firstTimeoutAtMs < 0 ? nowMs : tcb.firstTimeoutAtMs;
  // With a closed window any answer shows that the peer is alive (RFC 9293 3.8.6.1, MUST-37).
  const heardFrom = tcb.sndWnd === 0 ? Math.max(since, tcb.lastReceivedMs) : since;
  // If there is a user timeout, it alone decides, as in Linux's retransmits_timed_out().
  if (userTimeoutMs(context, tcb) === 0 && isGivenUp(context, tcb, heardFrom, nowMs)) {
    return timeOut(context, tcb);
  }
  believePendingMtu(context, tcb, nowMs);
  onRetransmissionTimeout(context, tcb, nowMs);
  if (tcb.firstTimeoutAtMs < 0) tcb.firstTimeoutAtMs = nowMs;
  // RFC 6298 5.5: back off.
  tcb.rto.backoff += 1;
  tellWhereSuspect(context, tcb);
  if (isPathSuspect(context, tcb)) onPathSuspect(context, tcb, nowMs);
  resendHead(context, tcb, nowMs);
  output(context, tcb, nowMs);
}

/**
 * Retransmits the first segment whatever the windows allow (RFC 6298 5.4). Into a closed window it
 * serves as a probe.
 */
function resendHead(context: TcpContext, tcb: Tcb, nowMs: number): void {
  markHeadLost(tcb.retransmission, tcb.sndMss);
  const head = nextToResend(tcb.retransmission, tcb.sndMss);
  if (head === undefined) return;
  resending(context, 'strata/RTO');
  resend(context, tcb, head, nowMs);
}

function handshakeTimeout(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const head = headRange(tcb.retransmission);
  // No SYN was sent, so the quiet time has ended: output() sends the first SYN.
  if (head === undefined) return;
  if (head.transmissions > handshakeRetries(context, tcb)) {
    context.counters.TcpAttemptFails += 1;
    return timeOut(context, tcb);
  }
  if (doublesHandshakeTimeout(context, tcb, head.transmissions)) tcb.rto.backoff += 1;
  tellWhereSuspect(context, tcb);
  resending(context, 'strata/SYN_TIMEOUT');
  resend(context, tcb, head, nowMs);
  context.counters.TCPSynRetrans += 1;
  context.counters.TCPTimeouts += 1;
  output(context, tcb, nowMs);
}

function isUserTimeout(context: TcpContext, tcb: Tcb, isHeldBack: boolean, nowMs: number): boolean {
  return userTimeoutAtMs(context, tcb, isHeldBack, nowMs) <= nowMs;
}

function timeOut(context: TcpContext, tcb: Tcb): void {
  context.counters.TCPAbortOnTimeout += 1;
  const reason = tcb.softError ?? 'timed out';
  context.close(
    tcb,
    'strata/GIVEN_UP',
    reason,
    `no acknowledgment after ${tcb.rto.backoff} retransmissions`,
  );
}
