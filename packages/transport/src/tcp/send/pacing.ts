import type { TransportSysctl } from '../../sysctl.ts';
import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';

/**
 * Segments of data that a connection sends before it is paced: the initial window, which fq does
 * not pace either.
 */
const UNPACED_SEGMENTS = 10;

/**
 * Octets a second: cwnd / srtt, and so much more that pacing never is what limits
 * (`tcp_pacing_ss_ratio`, `tcp_pacing_ca_ratio`), at most what the socket says. Infinity before a
 * round trip was measured.
 */
export function pacingRate(sysctl: TransportSysctl, tcb: Tcb): number {
  const most = tcb.options.maxPacingRateOctetsPerSecond ?? Infinity;
  const { cwnd, ssthresh } = tcb.congestion;
  const { srttMs } = tcb.rto;
  if (srttMs <= 0) return most;
  // Towards the end of slow start it slows down already, so that what is found there is not
  // overrun.
  const percent = cwnd < ssthresh / 2 ? sysctl.tcp_pacing_ss_ratio : sysctl.tcp_pacing_ca_ratio;
  const window = Math.max(cwnd, seqDiff(tcb.sndNxt, tcb.sndUna));
  return Math.min(most, (window * percent * 10) / srttMs);
}

/** Whether the rate is enforced on the connection. */
function isPaced(sysctl: TransportSysctl, tcb: Tcb): boolean {
  return sysctl.tcp_pacing !== 0 || tcb.options.maxPacingRateOctetsPerSecond !== undefined;
}

/**
 * Whether data has to wait for its time; then the timer runs. It waits for the next turn where this
 * one has handed down enough: what lies below takes it first, and ACKs that have come are read, so
 * that no queue of our own is measured as round trip (Linux's TCP small queues).
 */
export function awaitsPacing(context: TcpContext, tcb: Tcb, nowMs: number): boolean {
  if (tcb.pacing.turnOctets >= context.sysctl.tcp_limit_output_bytes) {
    tcb.deadlines.pacing = nowMs;
    return true;
  }
  if (!isPaced(context.sysctl, tcb) || tcb.pacing.nextAtMs <= nowMs) return false;
  tcb.deadlines.pacing = tcb.pacing.nextAtMs;
  return true;
}

/** Data was sent, headers included: the next goes when this would have left at the rate. */
export function notePaced(context: TcpContext, tcb: Tcb, octets: number, nowMs: number): void {
  const { pacing } = tcb;
  pacing.turnOctets += octets;
  const wasDueMs = pacing.nextAtMs;
  pacing.nextAtMs = Math.max(wasDueMs, nowMs);
  if (!isPaced(context.sysctl, tcb) || tcb.statistics.dataSegmentsOut < UNPACED_SEGMENTS) return;
  const rate = pacingRate(context.sysctl, tcb);
  if (rate === Infinity || rate <= 0) return;
  const takesMs = (octets * 1000) / rate;
  // A timer that came late is made good, by half of the time at most.
  const lateMs = wasDueMs === -Infinity ? 0 : nowMs - wasDueMs;
  pacing.nextAtMs += takesMs - Math.max(0, Math.min(takesMs / 2, lateMs));
}
