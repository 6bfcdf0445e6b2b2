import { TCP_ACK } from '@strata/wire';
import { resending } from '../../outcomes.ts';
import { isAllAcknowledged } from '../recover/retransmission-queue.ts';
import { emitSegment } from '../send/emit.ts';
import { seqAdd, seqGt } from '../state/sequence.ts';
import { endOfSendSequence, isSynchronized, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { userTimeoutMs } from './user-timeout.ts';

/**
 * Starts the keepalive timer if the socket asks for keepalives, and stops it otherwise (MUST-24,
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
 * The keepalive timer has expired: sends a probe, or gives the connection up, unless the peer was
 * heard.
 */
export function keepaliveDue(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { deadlines, keepalive } = tcb;
  deadlines.keepalive = Infinity;
  if (tcb.options.keepAlive !== true || !isOnWire(tcb)) return;
  // Data in flight or waiting has its own timers, so no keepalive is needed (MUST-26).
  const isBusy =
    !isAllAcknowledged(tcb.retransmission) || seqGt(endOfSendSequence(tcb), tcb.sndNxt);
  if (isBusy) {
    deadlines.keepalive = nowMs + idleMs(context, tcb);
    return;
  }
  if (tcb.lastReceivedMs >= keepalive.lastProbeMs) keepalive.unanswered = 0;
  // Computed by addition, as when the timer was set: a difference may be rounded to less, and the
  // timer would expire again and again.
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

/** In TIME-WAIT and CLOSED only data for the application is left; the peer may be gone. */
function isOnWire({ state }: Tcb): boolean {
  return isSynchronized(state) && state !== 'TIME-WAIT';
}

/**
 * With a user timeout the time decides, as in Linux's tcp_keepalive_timer(); otherwise the number
 * of unanswered probes, never just one (MUST-27).
 */
function isPeerGone(context: TcpContext, tcb: Tcb, silentMs: number): boolean {
  const { unanswered } = tcb.keepalive;
  const limitMs = userTimeoutMs(context, tcb);
  if (limitMs > 0) return unanswered > 0 && silentMs >= limitMs;
  return unanswered >= (tcb.options.keepAliveProbes ?? context.sysctl.tcp_keepalive_probes);
}

/** Sends an empty segment just before the window: the peer must answer it (RFC 9293 3.8.4). */
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
