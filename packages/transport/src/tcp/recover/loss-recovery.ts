/**
 * Loss recovery as a state machine: how an acknowledgment moves a connection between the recovery
 * states (RFC 5681, 6582, 6675, 8985). The states are those of Linux's tcp_ca_state: open; disorder
 * (data was SACKed or retransmitted, and nothing is marked lost); cwr (the window is reduced
 * without a loss); recovery (fast recovery); loss (after a timeout).
 */

import { isMtuProbeLost } from '../send/mtu-probe.ts';
import { seqDiff, seqGe } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { changeCaState } from '../transitions.ts';
import type { AckSample, RecoveryAck } from './ack-sample.ts';
import { congestionEvent } from './congestion/congestion-control.ts';
import { congestionControl, hasFixedWindow } from './congestion/registry.ts';
import { noteLossReduction } from './ecn.ts';
import { processLoss } from './f-rto.ts';
import { findLosses } from './find-losses.ts';
import { inFlightOctets } from './in-flight.ts';
import { beginReduction, reducedWindow } from './prr.ts';
import { WINDOW_PERSIST_RECOVERIES } from './rack.ts';
import { addRenoSack, isAnythingResent } from './reno-sack.ts';
import { noteReordering } from './reordering.ts';
import { answersOriginal, beginUndo, isNeedless, undoReduction } from './undo.ts';

/**
 * Processes what an acknowledgment reports about losses. Returns true if the reordering timer was
 * started.
 */
export function advanceRecovery(context: TcpContext, tcb: Tcb, ack: RecoveryAck): boolean {
  const { nowMs } = ack.sample;
  tcb.undo.holdsBack = false;
  if (tcb.caState === 'open') tcb.undo.resentTimestamp = undefined;
  else if (seqGe(tcb.sndUna, tcb.recover)) endCaState(context, tcb, ack);
  switch (tcb.caState) {
    case 'recovery':
      return goOnRecovering(context, tcb, ack);
    case 'loss': {
      if (processLoss(context, tcb, ack)) return false;
      const isTimed = findLosses(context, tcb, ack.sample, ack.isAdvanced);
      // RFC 8985 7: the loss of a retransmission begins a new recovery.
      if (openState(tcb) !== 'loss' || ack.sample.lostRetransmission)
        enterIfLost(context, tcb, ack);
      return isTimed;
    }
    default: {
      if (!tcb.sackOn && ack.isDuplicate) addRenoSack(context, tcb, ack.sample);
      if (tcb.caState !== 'cwr') undoByDuplicates(context, tcb, nowMs);
      const isTimed = findLosses(context, tcb, ack.sample, ack.isAdvanced);
      enterIfLost(context, tcb, ack);
      return isTimed;
    }
  }
}

/** The state read again, because a call may have changed it. */
function openState(tcb: Tcb) {
  return tcb.caState;
}

/** Ends the state when all data that was in flight at its start is acknowledged. */
function endCaState(context: TcpContext, tcb: Tcb, ack: RecoveryAck): void {
  if (tcb.caState === 'cwr') {
    // One octet more: the reduction for ECN lasts a whole round trip (RFC 3168 6.1.2).
    if (tcb.sndUna === tcb.recover) return;
    endReduction(tcb, ack.sample.nowMs);
    changeCaState(context, tcb, 'open', 'strata/CA_REPAIRED');
  } else if (tcb.caState === 'recovery') {
    if (!tcb.sackOn) tcb.renoSackedOctets = 0;
    undoAtEnd(context, tcb, ack);
    endReduction(tcb, ack.sample.nowMs);
    // The undo data stays, because a D-SACK may arrive later.
    changeCaState(context, tcb, 'open', 'strata/CA_REPAIRED');
  }
}

function goOnRecovering(context: TcpContext, tcb: Tcb, ack: RecoveryAck): boolean {
  const { sample } = ack;
  if (!ack.isAdvanced) {
    if (!tcb.sackOn && ack.isDuplicate) addRenoSack(context, tcb, sample);
  } else if (undoPartially(context, tcb, ack)) return false;
  if (undoByDuplicates(context, tcb, sample.nowMs)) {
    keepOpen(context, tcb);
    return false;
  }
  return findLosses(context, tcb, sample, ack.isAdvanced);
}

function enterIfLost(context: TcpContext, tcb: Tcb, ack: RecoveryAck): void {
  if (tcb.retransmission.lostOctets > 0) {
    return enterRecovery(context, tcb, ack.sample.nowMs, ack.sample);
  }
  if (!isAnythingResent(tcb)) tcb.undo.resentTimestamp = undefined;
  if (tcb.caState !== 'cwr') keepOpen(context, tcb);
}

/** State open, or disorder if data is SACKed, marked lost or retransmitted. */
function keepOpen(context: TcpContext, tcb: Tcb): void {
  const { lostOctets, sackedOctets } = tcb.retransmission;
  const isLeft = lostOctets + sackedOctets + tcb.renoSackedOctets > 0;
  if (isLeft || isAnythingResent(tcb)) changeCaState(context, tcb, 'disorder', 'strata/CA_DOUBT');
  else changeCaState(context, tcb, 'open', 'strata/CA_SETTLED');
}

/**
 * Begins fast recovery (RFC 6675 5, step 4; RFC 6582 3.2, step 2). `sample`: the acknowledgment
 * that causes it, if one does.
 */
export function enterRecovery(
  context: TcpContext,
  tcb: Tcb,
  nowMs: number,
  sample?: AckSample,
): void {
  if (isMtuProbeLost(context, tcb)) return;
  const isReduced = tcb.caState === 'cwr';
  beginUndo(tcb, !isReduced);
  if (!isReduced) {
    const control = congestionControl(tcb.congestion.name);
    control.onLossDetected(tcb.congestion, congestionEvent(tcb, nowMs, sample));
    beginWindowReduction(tcb, sample);
  }
  noteLossReduction(tcb);
  tcb.rescue.end = undefined;
  changeCaState(context, tcb, 'recovery', 'strata/CA_LOSS_FOUND');
  context.counters[tcb.sackOn ? 'TCPSackRecovery' : 'TCPRenoRecovery'] += 1;
}

/** From here on PRR reduces the window to ssthresh, until all data sent so far is acknowledged. */
function beginWindowReduction(tcb: Tcb, sample?: AckSample): void {
  tcb.recover = tcb.sndNxt;
  tcb.lossProbe.endSequence = undefined;
  // RFC 9937 6.2: octets SACKed earlier cannot be delivered again, but those that this
  // acknowledgment delivered count.
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna) - tcb.retransmission.sackedOctets;
  beginReduction(tcb.prr, Math.max(1, outstanding + (sample?.deliveredOctets ?? 0)));
}

/** Sets the window to ssthresh, unless the reduction was undone. */
function endReduction(tcb: Tcb, nowMs: number): void {
  if (tcb.prr.recoverOctets === 0) return;
  tcb.prr.recoverOctets = 0;
  if (tcb.congestion.ssthresh === Infinity) return;
  if (tcb.caState !== 'cwr' && tcb.undo.marker === undefined) return;
  const control = congestionControl(tcb.congestion.name);
  control.onRecoveryExit(tcb.congestion, congestionEvent(tcb, nowMs));
  tcb.windowUse.stampMs = nowMs;
}

/**
 * Reduces the window although nothing needs a retransmission: the tail loss probe has repaired the
 * loss (RFC 8985 7.4.2).
 */
export function reduceAtOnce(context: TcpContext, tcb: Tcb, sample: AckSample): void {
  if (tcb.caState !== 'open' && tcb.caState !== 'disorder') return;
  const control = congestionControl(tcb.congestion.name);
  control.onLossDetected(tcb.congestion, congestionEvent(tcb, sample.nowMs, sample));
  beginWindowReduction(tcb, sample);
  tcb.undo.marker = undefined;
  changeCaState(context, tcb, 'cwr', 'strata/CA_PROBE_REPAIRED');
  endReduction(tcb, sample.nowMs);
  keepOpen(context, tcb);
}

/**
 * The peer echoes a congestion mark (RFC 3168 6.1.2): the window is reduced from here on, until all
 * data sent so far is acknowledged. The caller has checked that no reduction is under way.
 */
export function onEcnEcho(context: TcpContext, tcb: Tcb, sample: AckSample): void {
  context.counters.StrataEcnReductions += 1;
  tcb.ecn.cwrQueued = true;
  tcb.undo.marker = undefined;
  const control = congestionControl(tcb.congestion.name);
  control.onEcnEcho(tcb.congestion, congestionEvent(tcb, sample.nowMs, sample));
  beginWindowReduction(tcb, sample);
  changeCaState(context, tcb, 'cwr', 'strata/CA_ECN_ECHO');
}

/**
 * The window after an acknowledgment during a reduction (RFC 9937). `isBegun`: the reduction began
 * earlier. If it begins now, the window is set even if nothing was delivered, so that lost data is
 * not retransmitted all at once.
 */
export function reduceWindow(tcb: Tcb, ack: RecoveryAck, isBegun: boolean): void {
  const { sample } = ack;
  if (tcb.prr.recoverOctets === 0 || hasFixedWindow(tcb.congestion)) return;
  if (sample.deliveredOctets <= 0 && isBegun) return;
  tcb.congestion.cwnd = reducedWindow(tcb.prr, {
    deliveredOctets: sample.deliveredOctets,
    inFlightOctets: inFlightOctets(tcb),
    ssthresh: tcb.congestion.ssthresh,
    mss: tcb.sndMss,
    isSafe: ack.isAdvanced && sample.lostOctets === 0,
  });
}

/** Whether PRR sets the window. */
export function isReducing(tcb: Tcb): boolean {
  return tcb.caState === 'recovery' || tcb.caState === 'cwr';
}

/** At the end of the recovery: undoes the reduction if it was spurious. */
function undoAtEnd(context: TcpContext, tcb: Tcb, ack: RecoveryAck): void {
  const { rack } = tcb;
  if (isNeedless(tcb, ack.echo)) {
    undoReduction(context, tcb, false, 'TCPFullUndo', ack.sample.nowMs);
    tcb.prr.recoverOctets = 0;
  } else if (rack.windowPersist > 0) rack.windowPersist -= 1;
}

/**
 * A partial acknowledgment that answers an original transmission shows reordering, not loss.
 * Nothing more is marked lost or retransmitted, and when all retransmissions are acknowledged the
 * reduction is undone. Returns true if the acknowledgment needs no further processing.
 */
function undoPartially(context: TcpContext, tcb: Tcb, ack: RecoveryAck): boolean {
  if (tcb.undo.marker === undefined || !answersOriginal(tcb, ack.echo)) return false;
  const { priorSackedEnd, priorUna, nowMs } = ack.sample;
  noteReordering(context, tcb, priorUna, priorSackedEnd, 'TCPTSReorder');
  if (tcb.retransmission.resentOctets > 0) {
    tcb.undo.holdsBack = true;
    return true;
  }
  if (!isAnythingResent(tcb)) tcb.undo.resentTimestamp = undefined;
  undoReduction(context, tcb, true, 'TCPPartialUndo', nowMs);
  tcb.prr.recoverOctets = 0;
  keepOpen(context, tcb);
  return true;
}

/** D-SACKs have reported all retransmissions as duplicates: they were spurious (RFC 3708 3). */
function undoByDuplicates(context: TcpContext, tcb: Tcb, nowMs: number): boolean {
  const { undo, rack } = tcb;
  if (undo.marker === undefined || undo.resentOctets !== 0) return false;
  rack.windowPersist = Math.min(WINDOW_PERSIST_RECOVERIES, rack.windowPersist + 1);
  undoReduction(context, tcb, false, 'TCPDSACKUndo', nowMs);
  tcb.prr.recoverOctets = 0;
  return true;
}
