/** The retransmission timer has expired (RFC 5681 3.1, RFC 6298 5.4 to 5.6, RFC 8985 6.3). */

import { output } from '../send/output.ts';
import { seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { rearmRetransmission } from '../timers/transmit-timer.ts';
import { changeCaState } from '../transitions.ts';
import { congestionEvent } from './congestion/congestion-control.ts';
import { congestionControl, hasFixedWindow } from './congestion/registry.ts';
import { noteLossReduction } from './ecn.ts';
import { findByTime } from './find-losses.ts';
import { inFlightOctets } from './in-flight.ts';
import { enterRecovery, isReducing } from './loss-recovery.ts';
import { reducedWindow } from './prr.ts';
import { isRecentlySent, RECOVERY_RACK, reorderingWindowMs } from './rack.ts';
import { headRange } from './retransmission-queue.ts';
import { forgetSacked, markLost } from './scoreboard.ts';
import { beginUndo } from './undo.ts';

/** The reordering timer has expired (RFC 8985 6.3): marks the ranges lost that are late by now. */
export function onReorderTimeout(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, congestion } = tcb;
  tcb.undo.holdsBack = false;
  const waitedOctets = queue.waitingOctets;
  const isAgain = findByTime(context, tcb, nowMs);
  if (queue.waitingOctets > waitedOctets) {
    if (tcb.caState !== 'recovery') enterRecovery(context, tcb, nowMs);
    if (isReducing(tcb) && tcb.prr.recoverOctets > 0 && !hasFixedWindow(congestion)) {
      congestion.cwnd = reducedWindow(tcb.prr, {
        deliveredOctets: 0,
        inFlightOctets: inFlightOctets(tcb),
        ssthresh: congestion.ssthresh,
        mss: tcb.sndMss,
        isSafe: false,
      });
    }
  }
  if (!isAgain) rearmRetransmission(context, tcb, nowMs);
  output(context, tcb, nowMs);
}

/**
 * The retransmission timer has expired: marks lost ranges, sets the window, and begins F-RTO where
 * allowed.
 */
export function onRetransmissionTimeout(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const isFirst = tcb.firstTimeoutAtMs < 0;
  const isNewRecovery = tcb.caState !== 'recovery' && tcb.caState !== 'loss';
  countTimeout(context, tcb, isFirst);
  markTimedOut(context, tcb, nowMs);
  // RFC 5681 3.1: no second reduction for data whose loss has already reduced the window.
  const isUnknownLoss = tcb.caState === 'open' || tcb.caState === 'disorder';
  const isFirstOfData =
    isUnknownLoss || !seqGt(tcb.recover, tcb.sndUna) || (tcb.caState === 'loss' && isFirst);
  if (isFirstOfData) beginUndo(tcb, true);
  const control = congestionControl(tcb.congestion.name);
  control.onTimeout(tcb.congestion, isFirstOfData, congestionEvent(tcb, nowMs));
  if (!hasFixedWindow(tcb.congestion)) tcb.congestion.cwnd = inFlightOctets(tcb) + tcb.sndMss;
  tcb.undo.holdsBack = false;
  lowerReordering(context, tcb);
  tcb.duplicateAcks = 0;
  tcb.prr.recoverOctets = 0;
  tcb.lossProbe.endSequence = undefined;
  noteLossReduction(tcb);
  changeCaState(context, tcb, 'loss', 'strata/CA_TIMEOUT');
  tcb.recover = tcb.sndNxt;
  // RFC 5682 2.1, step 1: no F-RTO if the timeout comes in the middle of a recovery.
  tcb.frto.isTrying = false;
  tcb.frto.on = context.sysctl.tcp_frto !== 0 && (isNewRecovery || !isFirst);
}

/**
 * Marks lost all ranges that are not SACKed; with RACK only those that are late (RFC 8985 6.3). If
 * the head itself is SACKed but not acknowledged, the peer has discarded SACKed data (reneging, RFC
 * 2018 8).
 */
function markTimedOut(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, rack } = tcb;
  if (headRange(queue)?.sacked === true) {
    context.counters.TCPSACKReneging += 1;
    forgetSacked(queue);
  }
  tcb.renoSackedOctets = 0;
  const isByTime = tcb.sackOn && (context.sysctl.tcp_recovery & RECOVERY_RACK) !== 0;
  const windowMs = isByTime ? reorderingWindowMs(tcb, context.sysctl.tcp_recovery) : 0;
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    const { sentAtMs } = queue.ranges[i]!;
    if (isByTime && i > queue.head && isRecentlySent(rack, sentAtMs, windowMs, nowMs)) continue;
    markLost(queue, i);
  }
}

/** A timeout although enough data was SACKed: the reordering degree was estimated too large. */
function lowerReordering({ sysctl }: TcpContext, tcb: Tcb): void {
  const { reordering, retransmission } = tcb;
  if (tcb.caState !== 'open' && tcb.caState !== 'disorder') return;
  if (retransmission.sackedOctets < sysctl.tcp_reordering * tcb.sndMss) return;
  reordering.segments = Math.min(reordering.segments, sysctl.tcp_reordering);
}

function countTimeout({ counters }: TcpContext, tcb: Tcb, isFirst: boolean): void {
  counters.TCPTimeouts += 1;
  if (!isFirst) return;
  if (tcb.caState === 'recovery') {
    counters[tcb.sackOn ? 'TCPSackRecoveryFail' : 'TCPRenoRecoveryFail'] += 1;
  } else if (tcb.caState === 'loss') counters.TCPLossFailures += 1;
  else if (tcb.caState === 'disorder') {
    counters[tcb.sackOn ? 'TCPSackFailures' : 'TCPRenoFailures'] += 1;
  }
}
