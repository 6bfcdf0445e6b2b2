import { isSendingUrgent } from '../arrive/urgent.ts';
import { headRange } from '../recover/retransmission-queue.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { pacingRate } from './pacing.ts';

/**
 * Largest data size of one PDU, a multiple of the MSS (Linux's TSO autosizing, tcp_tso_autosize()):
 * what the pacing rate sends in a millisecond, more for a near peer (`tcp_tso_rtt_log`), at least
 * `tcp_min_tso_segs`, at most what a PDU holds. Large PDUs cost less CPU, small ones make smaller
 * bursts.
 */
export function largestPdu(context: TcpContext, tcb: Tcb): number {
  const { sysctl, maxPduOctets } = context;
  const mss = tcb.sndMss;
  const most = Math.max(1, Math.floor(maxPduOctets / mss));
  // The receiver that cuts a super-segment up might leave the urgent pointer of its parts wrong.
  if (most === 1 || isSendingUrgent(tcb)) return mss;
  let octets = pacingRate(sysctl, tcb) / 1024;
  if (sysctl.tcp_tso_rtt_log > 0) {
    const steps = Math.floor((tcb.rto.minRttMs * 1000) / 2 ** sysctl.tcp_tso_rtt_log);
    octets += maxPduOctets / 2 ** Math.min(steps, 64);
  }
  const segments = Math.max(
    sysctl.tcp_min_tso_segs,
    Math.floor(Math.min(octets, maxPduOctets) / mss),
  );
  return Math.min(segments, most) * mss;
}

/** Longest time that data waits for an ACK in order to become a larger super-segment. */
const LONGEST_DEFERRAL_MS = 1;

/**
 * Whether to wait with the data that the windows allow now, because an ACK that allows more is due
 * at any moment (Linux's `tcp_tso_should_defer()`). `limit`: octets that the windows allow;
 * `largest`: octets of the largest super-segment.
 */
export function isWorthDeferring(
  context: TcpContext,
  tcb: Tcb,
  limit: number,
  largest: number,
  nowMs: number,
): boolean {
  const divisor = context.sysctl.tcp_tso_win_divisor;
  if (divisor === 0 || largest <= tcb.sndMss || limit >= largest) return false;
  if (tcb.caState !== 'open' || tcb.finQueued) return false;
  // Do not defer after a pause in sending: the pipe would run empty.
  if (nowMs - tcb.lastSentMs > LONGEST_DEFERRAL_MS) return false;
  if (limit >= Math.min(tcb.sndWnd, tcb.congestion.cwnd) / divisor) return false;
  const head = headRange(tcb.retransmission);
  if (head === undefined || tcb.rto.srttMs < 0) return false;
  const { srttMs } = tcb.rto;
  const dueInMs = head.sentAtMs + srttMs - nowMs;
  return dueInMs <= Math.min(srttMs / 2, LONGEST_DEFERRAL_MS);
}
