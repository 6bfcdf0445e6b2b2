/** The retransmission timer has expired (RFC 5681 3.1, RFC 6298 5.4 to 5.6, RFC 8985 6.3). */

import { output } from '../send/output.ts';
import { seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpEnvironment } from '../tcp-context.ts';
import { rearmRetransmission } from '../timers/transmit-timer.ts';
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

/** The reordering timer has expired (RFC 8985 6.3): what was late enough to wait for is lost. */
export function onReorderTimeout(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, congestion } = tcb;
  tcb.undo.holdsBack = false;
  const waitedOctets = queue.waitingOctets;
  const isAgain = findByTime(env, tcb, nowMs);
  if (queue.waitingOctets > waitedOctets) {
    if (tcb.phase !== 'recovery') enterRecovery(env, tcb, nowMs);
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
  if (!isAgain) rearmRetransmission(env, tcb, nowMs);
  output(env, tcb, nowMs);
}

/** Marks what is lost, sets the window, and begins F-RTO where it may. */
export function onRetransmissionTimeout(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const isFirst = tcb.firstTimeoutAtMs < 0;
  const isNewRecovery = tcb.phase !== 'recovery' && tcb.phase !== 'loss';
  countTimeout(env, tcb, isFirst);
  markTimedOut(env, tcb, nowMs);
  // RFC 5681 3.1: not again for data whose loss has reduced the window already.
  const isUnknownLoss = tcb.phase === 'open' || tcb.phase === 'disorder';
  const isFirstOfData =
    isUnknownLoss || !seqGt(tcb.recover, tcb.sndUna) || (tcb.phase === 'loss' && isFirst);
  if (isFirstOfData) beginUndo(tcb, true);
  const control = congestionControl(tcb.congestion.name);
  control.onTimeout(tcb.congestion, isFirstOfData, congestionEvent(tcb, nowMs));
  if (!hasFixedWindow(tcb.congestion)) tcb.congestion.cwnd = inFlightOctets(tcb) + tcb.sndMss;
  tcb.undo.holdsBack = false;
  lowerReordering(env, tcb);
  tcb.duplicateAcks = 0;
  tcb.prr.recoverOctets = 0;
  tcb.lossProbe.endSequence = undefined;
  noteLossReduction(tcb);
  tcb.phase = 'loss';
  tcb.recover = tcb.sndNxt;
  // RFC 5682 2.1, step 1: not where the timeout comes in the middle of a recovery.
  tcb.frto.isTrying = false;
  tcb.frto.on = env.sysctl.tcp_frto !== 0 && (isNewRecovery || !isFirst);
}

/**
 * What the peer is not known to hold is lost; by RACK only what is late enough (RFC 8985 6.3). A peer that no longer holds
 * what it SACKed shows by not acknowledging the head (RFC 2018 8).
 */
function markTimedOut(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, rack } = tcb;
  if (headRange(queue)?.sacked === true) {
    env.counters.TCPSACKReneging += 1;
    forgetSacked(queue);
  }
  tcb.renoSackedOctets = 0;
  const isByTime = tcb.sackOn && (env.sysctl.tcp_recovery & RECOVERY_RACK) !== 0;
  const windowMs = isByTime ? reorderingWindowMs(tcb, env.sysctl.tcp_recovery) : 0;
  for (let i = queue.head; i < queue.ranges.length; i += 1) {
    const { sentAtMs } = queue.ranges[i]!;
    if (isByTime && i > queue.head && isRecentlySent(rack, sentAtMs, windowMs, nowMs)) continue;
    markLost(queue, i);
  }
}

/** A timeout although enough was SACKed: the degree of reordering was taken for too large. */
function lowerReordering({ sysctl }: TcpEnvironment, tcb: Tcb): void {
  const { reordering, retransmission } = tcb;
  if (tcb.phase !== 'open' && tcb.phase !== 'disorder') return;
  if (retransmission.sackedOctets < sysctl.tcp_reordering * tcb.sndMss) return;
  reordering.segments = Math.min(reordering.segments, sysctl.tcp_reordering);
}

function countTimeout({ counters }: TcpEnvironment, tcb: Tcb, isFirst: boolean): void {
  counters.TCPTimeouts += 1;
  if (!isFirst) return;
  if (tcb.phase === 'recovery') {
    counters[tcb.sackOn ? 'TCPSackRecoveryFail' : 'TCPRenoRecoveryFail'] += 1;
  } else if (tcb.phase === 'loss') counters.TCPLossFailures += 1;
  else if (tcb.phase === 'disorder') {
    counters[tcb.sackOn ? 'TCPSackFailures' : 'TCPRenoFailures'] += 1;
  }
}
