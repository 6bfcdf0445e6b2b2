/**
 * Undoes a spurious reduction of the window, detected by the timestamps of retransmissions (Eifel,
 * RFC 3522, RFC 4015), by D-SACK (RFC 3708), or by F-RTO (RFC 5682). The names and counters are
 * Linux's.
 */

import { timestampNow } from '../send/emit.ts';
import { seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { congestionEvent, snapshotOf } from './congestion/congestion-control.ts';
import { congestionControl } from './congestion/registry.ts';
import { withdrawCwr } from './ecn.ts';
import { unmarkLost } from './scoreboard.ts';

/** Called before the window is reduced for a loss. */
export function beginUndo(tcb: Tcb, mayPutBack: boolean): void {
  const { undo } = tcb;
  undo.marker = tcb.sndUna;
  undo.resentOctets = tcb.retransmission.resentOctets || -1;
  undo.before = mayPutBack ? snapshotOf(tcb.congestion) : undefined;
}

/** Records a retransmission. */
export function noteResentForUndo(tcb: Tcb, octets: number, nowMs: number): void {
  const { undo } = tcb;
  undo.resentTimestamp ??= timestampNow(tcb, nowMs);
  if (undo.marker !== undefined) undo.resentOctets = Math.max(0, undo.resentOctets) + octets;
}

/**
 * RFC 3522 3.2, step 4: whether the acknowledgment answers the original transmission, not the
 * retransmission.
 */
export function answersOriginal(tcb: Tcb, echo: number | undefined): boolean {
  const { resentTimestamp } = tcb.undo;
  if (resentTimestamp === undefined || !tcb.timestampsOn || echo === undefined) return false;
  return echo !== 0 && seqLt(echo, resentTimestamp);
}

/** Whether all retransmissions since the reduction were spurious. */
export function isNeedless(tcb: Tcb, echo: number | undefined): boolean {
  const { undo } = tcb;
  if (undo.marker === undefined) return false;
  return undo.resentOctets === 0 || answersOriginal(tcb, echo);
}

type UndoCounter = 'TCPFullUndo' | 'TCPPartialUndo' | 'TCPDSACKUndo' | 'TCPLossUndo';

/** Restores the window (RFC 4015 3.2; RFC 9438 4.9). `isNothingLost`: clears the loss marks too. */
export function undoReduction(
  context: TcpContext,
  tcb: Tcb,
  isNothingLost: boolean,
  counter: UndoCounter,
  nowMs: number,
): void {
  const { undo, congestion } = tcb;
  context.counters[counter] += 1;
  if (isNothingLost) unmarkLost(tcb.retransmission);
  if (undo.before !== undefined) {
    const control = congestionControl(congestion.name);
    control.onUndo(congestion, undo.before, congestionEvent(tcb, nowMs));
  }
  withdrawCwr(tcb);
  undo.marker = undefined;
  undo.before = undefined;
  // RACK must search all ranges again.
  tcb.rack.advanced = true;
}
