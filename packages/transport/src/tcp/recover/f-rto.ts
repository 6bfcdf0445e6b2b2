/**
 * F-RTO (RFC 5682) finds out whether a timeout was spurious. If it was not, the lost data is
 * retransmitted in slow start.
 */

import { seqGe, seqGt } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { changeCaState, type RecoveryEvent } from '../transitions.ts';
import type { RecoveryAck } from './ack-sample.ts';
import { addRenoSack } from './reno-sack.ts';
import { isNeedless, undoReduction } from './undo.ts';

/**
 * Processes an acknowledgment in state `loss`. Returns true if the acknowledgment needs no further
 * processing by loss recovery.
 */
export function processLoss(context: TcpContext, tcb: Tcb, ack: RecoveryAck): boolean {
  const isRecovered = seqGe(tcb.sndUna, tcb.recover);
  tcb.frto.isTrying = false;
  if (ack.isAdvanced && isNeedless(tcb, ack.echo)) {
    undoTimeout(context, tcb, ack.sample.nowMs);
    return true;
  }
  if (tcb.frto.on && decide(context, tcb, ack, isRecovered)) return true;
  if (isRecovered) {
    // Step 2a, and the first part of 3a: all data sent before the timeout is acknowledged.
    endLoss(context, tcb, 'strata/CA_REPAIRED');
    return true;
  }
  if (tcb.sackOn) return false;
  if (ack.isAdvanced) tcb.renoSackedOctets = 0;
  else if (seqGt(tcb.sndNxt, tcb.recover) && ack.isDuplicate) addRenoSack(context, tcb, ack.sample);
  return false;
}

/**
 * RFC 5682 2.1 and 3.1, steps 2 and 3. Returns true if the acknowledgment needs no further
 * processing by loss recovery.
 */
function decide(context: TcpContext, tcb: Tcb, ack: RecoveryAck, isRecovered: boolean): boolean {
  const { frto } = tcb;
  // Step 3b: data sent before the timeout and never retransmitted has arrived. The timeout was
  // spurious.
  if (ack.sample.originalDelivered) {
    context.counters.TCPSpuriousRTOs += 1;
    undoTimeout(context, tcb, ack.sample.nowMs);
    return true;
  }
  if (seqGt(tcb.sndNxt, tcb.recover)) {
    // Step 3a: the new data arrived, but the data in flight at the timeout did not: that data is
    // lost.
    if (ack.sample.newlySackedOctets > 0 || ack.isDuplicate) frto.on = false;
    return false;
  }
  if (!ack.isAdvanced || isRecovered) return false;
  // Step 2b: send new data in place of retransmissions.
  tcb.recover = tcb.sndNxt;
  const hasNew = seqGt(endOfSendSequence(tcb), tcb.sndNxt);
  const windowEnd = (tcb.sndUna + tcb.sndWnd) >>> 0;
  frto.isTrying = hasNew && seqGt(windowEnd, tcb.sndNxt);
  frto.on = frto.isTrying;
  return frto.isTrying;
}

function undoTimeout(context: TcpContext, tcb: Tcb, nowMs: number): void {
  undoReduction(context, tcb, true, 'TCPLossUndo', nowMs);
  tcb.firstTimeoutAtMs = -1;
  endLoss(context, tcb, 'strata/CA_SPURIOUS');
}

function endLoss(context: TcpContext, tcb: Tcb, on: RecoveryEvent): void {
  changeCaState(context, tcb, 'open', on);
  tcb.frto.on = false;
  tcb.renoSackedOctets = 0;
}
