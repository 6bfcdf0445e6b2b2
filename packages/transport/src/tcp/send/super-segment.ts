import { isSendingUrgent } from '../arrive/urgent.ts';
import { headRange } from '../recover/retransmission-queue.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { pacingRate } from './pacing.ts';

/**
 * Octets of data that one PDU may hold, whole segments: what the pacing rate sends in a
 * millisecond, and as much again as the nearness of the peer allows (`tcp_tso_rtt_log`), at least
 * `tcp_min_tso_segs`, at most what a PDU holds. Large ones cost less, small ones are less of a
 * burst (Linux's TSO autosizing).
 */
export function largestPdu(context: TcpContext, tcb: Tcb): number {
  const { sysctl, maxPduOctets } = context;
  const mss = tcb.sndMss;
  const most = Math.max(1, Math.floor(maxPduOctets / mss));
  // Whoever cuts a super-segment up might not move the urgent pointer.
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

/** Longest that data waits for an acknowledgment to make a larger super-segment of it. */
const LONGEST_DEFERRAL_MS = 1;

/**
 * Whether what the windows allow now should wait, since the acknowledgment that allows more is due
 * any moment (Linux's `tcp_tso_should_defer`). `limit`: octets that the windows allow; `largest`:
 * of a super-segment.
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
  // Only what is written as fast as it is sent: else the sender runs dry.
  if (nowMs - tcb.lastSentMs > LONGEST_DEFERRAL_MS) return false;
  if (limit >= Math.min(tcb.sndWnd, tcb.congestion.cwnd) / divisor) return false;
  const head = headRange(tcb.retransmission);
  if (head === undefined || tcb.rto.srttMs < 0) return false;
  const { srttMs } = tcb.rto;
  const dueInMs = head.sentAtMs + srttMs - nowMs;
  return dueInMs <= Math.min(srttMs / 2, LONGEST_DEFERRAL_MS);
}
