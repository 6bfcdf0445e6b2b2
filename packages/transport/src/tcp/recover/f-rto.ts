/**
 * After a timeout: F-RTO (RFC 5682) finds out whether it was for nothing; then what is lost is sent
 * again in slow start.
 */

import { seqGe, seqGt } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { changeCaState, type RecoveryEvent } from '../transitions.ts';
import type { RecoveryAck } from './ack-sample.ts';
import { addRenoSack } from './reno-sack.ts';
import { isNeedless, undoReduction } from './undo.ts';

/** An acknowledgment in the state `loss`. True: there is nothing more to be done with it. */
export function processLoss(context: TcpContext, tcb: Tcb, ack: RecoveryAck): boolean {
  const isRecovered = seqGe(tcb.sndUna, tcb.recover);
  tcb.frto.isTrying = false;
  if (ack.isAdvanced && isNeedless(tcb, ack.echo)) {
    undoTimeout(context, tcb, ack.sample.nowMs);
    return true;
  }
  if (tcb.frto.on && decide(context, tcb, ack, isRecovered)) return true;
  if (isRecovered) {
    // Step 2a, and the first part of 3a: all that was sent before the timeout is answered.
    endLoss(context, tcb, 'strata/CA_REPAIRED');
    return true;
  }
  if (tcb.sackOn) return false;
  if (ack.isAdvanced) tcb.renoSackedOctets = 0;
  else if (seqGt(tcb.sndNxt, tcb.recover) && ack.isDuplicate) addRenoSack(context, tcb, ack.sample);
  return false;
}

/**
 * RFC 5682 2.1 and 3.1, steps 2 and 3. True: there is nothing more to be done with the
 * acknowledgment.
 */
function decide(context: TcpContext, tcb: Tcb, ack: RecoveryAck, isRecovered: boolean): boolean {
  const { frto } = tcb;
  // Step 3b: something arrived that was sent before the timeout and not again. The timeout was for
  // nothing.
  if (ack.sample.originalDelivered) {
    context.counters.TCPSpuriousRTOs += 1;
    undoTimeout(context, tcb, ack.sample.nowMs);
    return true;
  }
  if (seqGt(tcb.sndNxt, tcb.recover)) {
    // Step 3a: the new data came, what was in flight at the timeout did not: it is lost.
    if (ack.sample.newlySackedOctets > 0 || ack.isDuplicate) frto.on = false;
    return false;
  }
  if (!ack.isAdvanced || isRecovered) return false;
  // Step 2b: new data instead of what is deemed lost.
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
