/**
 * Congestion window validation: keeps cwnd near what is really used (RFC 2861, RFC 7661, RFC 5681
 * 4.1), as Linux's tcp_cwnd_validate() does.
 */

import { seqDiff, seqGe } from '../../state/sequence.ts';
import type { Tcb } from '../../state/tcb.ts';
import type { TcpContext } from '../../tcp-context.ts';
import { backedOffRto } from '../../timers/rto.ts';
import { congestionEvent, initialWindow } from './congestion-control.ts';
import { congestionControl, hasFixedWindow } from './registry.ts';

/**
 * Whether the window may grow: if it was the limit, and in slow start if at least half of it was
 * used (similar to RFC 7661 4.2), as Linux's tcp_is_cwnd_limited() decides.
 */
export function mayGrow(tcb: Tcb): boolean {
  const { congestion, windowUse } = tcb;
  if (windowUse.limited || tcb.caState === 'loss') return true;
  return congestion.cwnd < congestion.ssthresh && congestion.cwnd < 2 * windowUse.mostOctets;
}

/** Called after data was sent, or held back by the congestion window (`isLimited`). */
export function validateWindow(
  context: TcpContext,
  tcb: Tcb,
  isLimited: boolean,
  nowMs: number,
): void {
  const { windowUse: use } = tcb;
  const outOctets = seqDiff(tcb.sndNxt, tcb.sndUna);
  const isNewRound = seqGe(tcb.sndUna, use.roundEnd);
  if (isNewRound || isLimited || (!use.limited && outOctets > use.mostOctets)) {
    use.limited = isLimited;
    use.mostOctets = outOctets;
    use.roundEnd = tcb.sndNxt;
  }
  if (mayGrow(tcb) || hasFixedWindow(tcb.congestion)) {
    use.usedOctets = 0;
    use.stampMs = nowMs;
    return;
  }
  use.usedOctets = Math.max(use.usedOctets, outOctets);
  if (context.sysctl.tcp_slow_start_after_idle === 0) return;
  if (nowMs - use.stampMs >= backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms)) {
    decay(tcb, nowMs);
  }
}

/**
 * RFC 2861 3.1: the window was not fully used for an RTO, so it moves half the way to what was
 * used.
 */
function decay(tcb: Tcb, nowMs: number): void {
  const { congestion, windowUse: use } = tcb;
  const isFull = tcb.send.endOffset >= tcb.sendCreditOctets;
  if (tcb.caState === 'open' && !isFull) {
    const usedOctets = Math.max(use.usedOctets, initialWindow(tcb.sndMss));
    if (usedOctets < congestion.cwnd) {
      rememberThreshold(tcb);
      congestion.cwnd = (congestion.cwnd + usedOctets) / 2;
      congestionControl(congestion.name).onIdle(congestion, congestionEvent(tcb, nowMs));
    }
    use.usedOctets = 0;
  }
  use.stampMs = nowMs;
}

/**
 * `tcp_slow_start_after_idle`: before the first data after a pause longer than an RTO, the window
 * is halved for each RTO of the pause, down to the initial window (RFC 2861 3.1, RFC 5681 4.1).
 */
export function restartAfterIdle(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (context.sysctl.tcp_slow_start_after_idle === 0 || tcb.sndNxt !== tcb.sndUna) return;
  if (tcb.send.endOffset === tcb.send.startOffset) return;
  const rtoMs = backedOffRto(tcb.rto, context.sysctl.tcp_rto_max_ms);
  const idleMs = nowMs - tcb.lastSentMs;
  if (idleMs <= rtoMs || hasFixedWindow(tcb.congestion)) return;
  const { congestion } = tcb;
  rememberThreshold(tcb);
  const restart = Math.min(initialWindow(tcb.sndMss), congestion.cwnd);
  const halvings = Math.min(50, Math.ceil(idleMs / rtoMs) - 1);
  congestion.cwnd = Math.max(restart, congestion.cwnd / 2 ** halvings);
  congestionControl(congestion.name).onIdle(congestion, congestionEvent(tcb, nowMs));
  tcb.windowUse.usedOctets = 0;
  tcb.windowUse.stampMs = nowMs;
}

/** RFC 2861 3.1: slow start leads back to three quarters of the old window. */
function rememberThreshold({ congestion }: Tcb): void {
  congestion.ssthresh = Math.max(congestion.ssthresh, Math.round((congestion.cwnd * 3) / 4));
}
