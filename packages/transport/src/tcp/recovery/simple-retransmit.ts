import { markAllLost } from '../scoreboard.ts';
import type { Tcb } from '../tcb.ts';

/**
 * All in flight is sent again, without a word to congestion control: it did not get through for a reason that is known (the
 * window was shut, or the segments were larger than the path's MTU, RFC 1191 6.4).
 */
export function resendAll(tcb: Tcb): void {
  markAllLost(tcb.retransmission);
  tcb.renoSackedOctets = 0;
  if (tcb.phase === 'loss') return;
  tcb.phase = 'loss';
  tcb.recover = tcb.sndNxt;
  tcb.undo.marker = undefined;
  tcb.undo.before = undefined;
  tcb.prr.recoverOctets = 0;
  tcb.frto.on = false;
  tcb.frto.isTrying = false;
  tcb.lossProbe.endSequence = undefined;
}
