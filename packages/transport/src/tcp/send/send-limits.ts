import { inFlightOctets } from '../recover/in-flight.ts';
import { isAllAcknowledged } from '../recover/retransmission-queue.ts';
import type { SendLimit, SendLimits } from '../state/send.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';

/**
 * Adds the time since the last call to the limit of that time. Called whenever the limit may have
 * changed.
 */
export function noteSendLimit(tcb: Tcb, nowMs: number): void {
  const { limits } = tcb;
  const limit = sendLimitOf(tcb);
  if (limit === limits.now) return;
  bookUntil(limits, nowMs);
  limits.now = limit;
}

/** A copy that includes the time up to now. */
export function sendLimitsUntil(limits: SendLimits, nowMs: number): SendLimits {
  const copy = { ...limits };
  bookUntil(copy, nowMs);
  return copy;
}

function bookUntil(limits: SendLimits, nowMs: number): void {
  const elapsed = nowMs - limits.sinceMs;
  limits.sinceMs = nowMs;
  if (limits.now === 'idle') return;
  limits.busyMs += elapsed;
  if (limits.now === 'receive window') limits.receiveWindowMs += elapsed;
  else if (limits.now === 'send buffer') limits.sendBufferMs += elapsed;
}

function sendLimitOf(tcb: Tcb): SendLimit {
  const unsent = seqDiff(endOfSendSequence(tcb), tcb.sndNxt);
  if (unsent <= 0 && isAllAcknowledged(tcb.retransmission)) return 'idle';
  if (tcb.congestion.cwnd - inFlightOctets(tcb) < tcb.sndMss) return 'network';
  if (unsent > 0) {
    const usable = seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt);
    return usable < Math.min(unsent, tcb.sndMss) ? 'receive window' : 'network';
  }
  const isFull = tcb.accepted && !tcb.finQueued && tcb.send.endOffset >= tcb.sendCreditOctets;
  return isFull ? 'send buffer' : 'network';
}
