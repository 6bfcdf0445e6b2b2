/**
 * The one timer that watches what is in flight. It stands for the retransmission timeout (RFC
 * 6298), the tail loss probe or the reordering window (RFC 8985 7.2, 6.2): the timeout waits as
 * long as one of the others runs (RFC 8985 8).
 */

import { headRange, isAllAcknowledged } from '../recover/retransmission-queue.ts';
import { seqDiff } from '../state/sequence.ts';
import { isOnlyProbeInFlight, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { backedOffRto } from './rto.ts';

type TransmitTimer = 'retransmit' | 'lossProbe' | 'reorder';

/**
 * Time that a short timer has on top, for the clock's and the peer's granularity (Linux:
 * TCP_TIMEOUT_MIN).
 */
export const LEAST_TIMEOUT_MS = 2;
/** The probe timeout before a round trip was measured (RFC 8985 7.2). */
const FIRST_PROBE_TIMEOUT_MS = 1000;

export function setTransmitTimer(tcb: Tcb, timer: TransmitTimer, atMs: number): void {
  const { deadlines } = tcb;
  deadlines.retransmit = Infinity;
  deadlines.lossProbe = Infinity;
  deadlines.reorder = Infinity;
  deadlines[timer] = atMs;
}

export function stopTransmitTimer(tcb: Tcb): void {
  setTransmitTimer(tcb, 'retransmit', Infinity);
}

export function isTransmitTimerOn({ deadlines }: Tcb): boolean {
  return Math.min(deadlines.retransmit, deadlines.lossProbe, deadlines.reorder) !== Infinity;
}

/** Starts the reordering timer (RFC 8985 6.2, step 5). */
export function startReorderTimer(tcb: Tcb, timeoutMs: number, nowMs: number): void {
  setTransmitTimer(tcb, 'reorder', nowMs + timeoutMs + LEAST_TIMEOUT_MS);
}

/**
 * When the retransmission timer would have expired, had it been started as the oldest in flight was
 * sent.
 */
function rtoFromHead(context: TcpContext, tcb: Tcb, nowMs: number): number {
  const sentAtMs = headRange(tcb.retransmission)?.sentAtMs ?? nowMs;
  return Math.max(nowMs, sentAtMs + backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms));
}

/**
 * Starts the retransmission timer anew (RFC 6298 5.3); where another one ran instead, its time
 * counts too.
 */
export function rearmRetransmission(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (isAllAcknowledged(tcb.retransmission)) return stopTransmitTimer(tcb);
  const { lossProbe, reorder } = tcb.deadlines;
  const another = lossProbe !== Infinity || reorder !== Infinity;
  const atMs = another
    ? rtoFromHead(context, tcb, nowMs)
    : nowMs + backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms);
  setTransmitTimer(tcb, 'retransmit', atMs);
}

/**
 * New data was acknowledged or SACKed: the probe timer where there may be a probe, else the
 * retransmission timer.
 */
export function restartTransmitTimer(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (!startProbeTimer(context, tcb, true, nowMs)) rearmRetransmission(context, tcb, nowMs);
}

/**
 * Starts the timer of the tail loss probe (RFC 8985 7.2): two round trips after the last
 * transmission, and the peer's longest delayed ACK on top where one segment is in flight; never
 * later than the retransmission timeout. False: no probe now.
 */
export function startProbeTimer(
  context: TcpContext,
  tcb: Tcb,
  isAdvancing: boolean,
  nowMs: number,
): boolean {
  const { tcp_early_retrans, tcp_rto_min_us, tcp_rto_max_ms } = context.sysctl;
  if (tcp_early_retrans !== 3 && tcp_early_retrans !== 4) return false;
  if (!tcb.sackOn || (tcb.caState !== 'open' && tcb.caState !== 'cwr')) return false;
  if (isAllAcknowledged(tcb.retransmission) || isOnlyProbeInFlight(tcb)) return false;
  let timeoutMs = FIRST_PROBE_TIMEOUT_MS;
  if (tcb.rto.srttMs >= 0) {
    const isOne = seqDiff(tcb.sndNxt, tcb.sndUna) <= tcb.sndMss;
    timeoutMs = 2 * tcb.rto.srttMs + (isOne ? tcp_rto_min_us / 1000 : LEAST_TIMEOUT_MS);
  }
  const rtoAtMs = isAdvancing
    ? nowMs + backedOffRto(tcb.rto, tcp_rto_max_ms)
    : rtoFromHead(context, tcb, nowMs);
  setTransmitTimer(tcb, 'lossProbe', Math.min(nowMs + timeoutMs, rtoAtMs));
  return true;
}
