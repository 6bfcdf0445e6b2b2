import { TCP_ACK } from '@strata/wire';
import { resending } from '../../outcomes.ts';
import { isAllAcknowledged } from '../recover/retransmission-queue.ts';
import { emitSegment } from '../send/emit.ts';
import { seqAdd, seqGt } from '../state/sequence.ts';
import { endOfSendSequence, isSynchronized, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { userTimeoutMs } from './user-timeout.ts';

/**
 * Starts the timer where the socket wants keepalives, and stops it where it does not (MUST-24,
 * MUST-25).
 */
export function armKeepalive(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (tcb.options.keepAlive !== true || !isOnWire(tcb)) {
    tcb.deadlines.keepalive = Infinity;
    return;
  }
  tcb.keepalive.unanswered = 0;
  tcb.deadlines.keepalive = Math.max(nowMs, tcb.lastReceivedMs + idleMs(context, tcb));
}

/**
 * The timer has come: the peer was heard of, or a probe goes out, or the connection is given up.
 */
export function keepaliveDue(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { deadlines, keepalive } = tcb;
  deadlines.keepalive = Infinity;
  if (tcb.options.keepAlive !== true || !isOnWire(tcb)) return;
  // What is under way or waits has timers of its own, which tell more (MUST-26: only where nothing
  // else is).
  const isBusy =
    !isAllAcknowledged(tcb.retransmission) || seqGt(endOfSendSequence(tcb), tcb.sndNxt);
  if (isBusy) {
    deadlines.keepalive = nowMs + idleMs(context, tcb);
    return;
  }
  if (tcb.lastReceivedMs >= keepalive.lastProbeMs) keepalive.unanswered = 0;
  // Added as when the timer was set: a difference may round to less, and the timer would be due for
  // ever.
  const dueMs = tcb.lastReceivedMs + idleMs(context, tcb);
  if (dueMs > nowMs) {
    deadlines.keepalive = dueMs;
    return;
  }
  const silentMs = nowMs - tcb.lastReceivedMs;
  if (isPeerGone(context, tcb, silentMs)) {
    context.counters.TCPAbortOnTimeout += 1;
    const { unanswered } = keepalive;
    const reason = tcb.softError ?? 'timed out';
    const detail = `no answer to ${unanswered} keepalives`;
    return context.abort(tcb, nowMs, 'TCP_KEEPALIVE_TIMEOUT', reason, detail);
  }
  probe(context, tcb, nowMs);
}

/** In TIME-WAIT nothing is left but what the application has not taken: the peer may be gone. */
function isOnWire({ state }: Tcb): boolean {
  return isSynchronized(state) && state !== 'TIME-WAIT';
}

/**
 * With a user timeout it is time that counts, as in Linux; else the number of probes. One
 * unanswered is not enough (MUST-27).
 */
function isPeerGone(context: TcpContext, tcb: Tcb, silentMs: number): boolean {
  const { unanswered } = tcb.keepalive;
  const limitMs = userTimeoutMs(context, tcb);
  if (limitMs > 0) return unanswered > 0 && silentMs >= limitMs;
  return unanswered >= (tcb.options.keepAliveProbes ?? context.sysctl.tcp_keepalive_probes);
}

/** An empty segment in front of the window: the peer has to answer it (RFC 9293 3.8.4). */
function probe(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { keepalive } = tcb;
  resending(context, 'strata/KEEPALIVE', 'emitted');
  emitSegment(context, tcb, TCP_ACK, seqAdd(tcb.sndUna, -1), 0, nowMs);
  keepalive.unanswered += 1;
  keepalive.lastProbeMs = nowMs;
  const intervalMs = tcb.options.keepAliveIntervalMs ?? context.sysctl.tcp_keepalive_intvl * 1000;
  tcb.deadlines.keepalive = nowMs + intervalMs;
}

function idleMs(context: TcpContext, tcb: Tcb): number {
  return tcb.options.keepAliveIdleMs ?? context.sysctl.tcp_keepalive_time * 1000;
}
