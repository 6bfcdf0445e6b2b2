import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { changeCaState } from '../transitions.ts';
import { markAllLost, markLost } from './scoreboard.ts';

/**
 * Marks all data in flight for retransmission without a congestion response: the reason of the loss
 * is known (the window was closed).
 */
export function resendAll(context: TcpContext, tcb: Tcb): void {
  markAllLost(tcb.retransmission);
  repair(context, tcb);
}

/**
 * Like {@link resendAll}, but only for segments of more than `octets` octets, which are too large
 * for the path (RFC 1191 6.4, RFC 4821 7.6.2).
 */
export function resendLarger(context: TcpContext, tcb: Tcb, octets: number): void {
  const { ranges, head } = tcb.retransmission;
  let found = false;
  for (let i = head; i < ranges.length; i += 1) {
    const range = ranges[i]!;
    if (range.sacked || range.segmentOctets <= octets) continue;
    markLost(tcb.retransmission, i);
    found = true;
  }
  if (found) repair(context, tcb);
}

function repair(context: TcpContext, tcb: Tcb): void {
  tcb.renoSackedOctets = 0;
  tcb.duplicateAcks = 0;
  if (tcb.caState === 'loss') return;
  changeCaState(context, tcb, 'loss', 'strata/CA_RESEND');
  tcb.recover = tcb.sndNxt;
  tcb.undo.marker = undefined;
  tcb.undo.before = undefined;
  tcb.prr.recoverOctets = 0;
  tcb.frto.on = false;
  tcb.frto.isTrying = false;
  tcb.lossProbe.endSequence = undefined;
}
