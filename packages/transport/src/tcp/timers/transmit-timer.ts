/**
 * The timer for data in flight: the retransmission timeout (RFC 6298), the tail loss probe or the
 * reordering window (RFC 8985 7.2, 6.2). Only one of the three runs at a time: the retransmission
 * timeout waits while one of the others runs (RFC 8985 8).
 */

import { headRange, isAllAcknowledged } from '../recover/retransmission-queue.ts';
import { seqDiff } from '../state/sequence.ts';
import { isOnlyProbeInFlight, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { backedOffRto } from './rto.ts';

type TransmitTimer = 'retransmit' | 'lossProbe' | 'reorder';

/** Added to short timeouts for the clock granularity of both ends (Linux's TCP_TIMEOUT_MIN). */
export const LEAST_TIMEOUT_MS = 2;
/** The probe timeout before the first round-trip measurement (RFC 8985 7.2). */
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
 * When the retransmission timer would expire if it had been started at the transmission of the
 * oldest range.
 */
function rtoFromHead(context: TcpContext, tcb: Tcb, nowMs: number): number {
  const sentAtMs = headRange(tcb.retransmission)?.sentAtMs ?? nowMs;
  return Math.max(nowMs, sentAtMs + backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms));
}

/**
 * Restarts the retransmission timer (RFC 6298 5.3). If another of the timers ran in its place, its
 * time counts too.
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
 * Restarts the timer after data was acknowledged or SACKed: the probe timer if a probe is allowed,
 * otherwise the retransmission timer.
 */
export function restartTransmitTimer(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (!startProbeTimer(context, tcb, true, nowMs)) rearmRetransmission(context, tcb, nowMs);
}

/**
 * Starts the tail loss probe timer (RFC 8985 7.2): two round trips, plus the peer's longest ACK
 * delay if one segment is in flight, at most the retransmission timeout. Returns false if no probe
 * is allowed.
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
