import type { TcpEnvironment } from '../environment.ts';
import { seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import { startReorderTimer } from '../timers/transmit-timer.ts';
import type { AckSample } from './ack-sample.ts';
import { detectLoss, RECOVERY_RACK, reorderingWindowMs } from './rack.ts';
import { markLostByDuplicates } from './reno-sack.ts';
import { markLostBySack } from './sack-loss.ts';

/**
 * Looks for losses in the way that the connection can: by RACK (RFC 8985), by SACK alone (`tcp_recovery` 0, RFC 6675), or by
 * duplicate ACKs (RFC 6582). True: the reordering timer was started.
 */
export function findLosses(
  env: TcpEnvironment,
  tcb: Tcb,
  sample: AckSample,
  isAdvanced: boolean,
): boolean {
  if (!tcb.sackOn) {
    // RFC 6582 3.2, step 1: not again for what was in flight at the last recovery.
    if (tcb.phase !== 'recovery' && !seqGt(tcb.sndUna, tcb.recover)) return false;
    sample.lostOctets += markLostByDuplicates(tcb, isAdvanced);
    return false;
  }
  if ((env.sysctl.tcp_recovery & RECOVERY_RACK) !== 0) {
    return findByTime(env, tcb, sample.nowMs, sample);
  }
  sample.lostOctets += markLostBySack(tcb);
  return false;
}

/**
 * Looks for losses by RACK, where something arrived since it last did, or (without a sample) as its timer expires. True: the timer
 * was started.
 */
export function findByTime(
  env: TcpEnvironment,
  tcb: Tcb,
  nowMs: number,
  sample?: AckSample,
): boolean {
  const { rack, retransmission: queue } = tcb;
  if (sample !== undefined) {
    if (!rack.advanced) return false;
    rack.advanced = false;
    // In order, and nothing was sent again: whatever is left was sent later.
    if (queue.sackedOctets === 0 && queue.resentEnd === undefined) return false;
  }
  const windowMs = reorderingWindowMs(tcb, env.sysctl.tcp_recovery);
  const { lostOctets, lostResentOctets, timeoutMs } = detectLoss(tcb, windowMs, nowMs);
  if (lostResentOctets > 0) {
    env.counters.TCPLostRetransmit += Math.ceil(lostResentOctets / tcb.sndMss);
  }
  if (sample !== undefined) {
    sample.lostOctets += lostOctets;
    if (lostResentOctets > 0) sample.lostRetransmission = true;
  }
  if (timeoutMs === 0) return false;
  startReorderTimer(tcb, timeoutMs, nowMs);
  return true;
}
