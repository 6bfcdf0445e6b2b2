import type { TransportSysctl } from '../../sysctl.ts';
import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';

/**
 * A connection is paced only after this many segments of data: the initial window, which Linux's fq
 * does not pace either.
 */
const UNPACED_SEGMENTS = 10;

/**
 * Pacing rate in octets per second: cwnd / srtt, times `tcp_pacing_ss_ratio` or
 * `tcp_pacing_ca_ratio` so that pacing is not the bottleneck, and at most the socket's maximum.
 * Infinity before the round trip is measured.
 */
export function pacingRate(sysctl: TransportSysctl, tcb: Tcb): number {
  const most = tcb.options.maxPacingRateOctetsPerSecond ?? Infinity;
  const { cwnd, ssthresh } = tcb.congestion;
  const { srttMs } = tcb.rto;
  if (srttMs <= 0) return most;
  // The lower ratio applies already in the last part of slow start, to avoid overshoot.
  const percent = cwnd < ssthresh / 2 ? sysctl.tcp_pacing_ss_ratio : sysctl.tcp_pacing_ca_ratio;
  const window = Math.max(cwnd, seqDiff(tcb.sndNxt, tcb.sndUna));
  return Math.min(most, (window * percent * 10) / srttMs);
}

/** Whether the connection is paced. */
function isPaced(sysctl: TransportSysctl, tcb: Tcb): boolean {
  return sysctl.tcp_pacing !== 0 || tcb.options.maxPacingRateOctetsPerSecond !== undefined;
}

/**
 * Whether data must wait for its departure time; its timer then runs. Data also waits if this turn
 * has already sent enough: the layers below then take it, and arrived ACKs are read, so that our
 * own queue does not count as round-trip time (Linux's TCP small queues).
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

/**
 * Records the octets sent, headers included: the next data leaves after they would have left at
 * this rate.
 */
export function notePaced(context: TcpContext, tcb: Tcb, octets: number, nowMs: number): void {
  const { pacing } = tcb;
  pacing.turnOctets += octets;
  const wasDueMs = pacing.nextAtMs;
  pacing.nextAtMs = Math.max(wasDueMs, nowMs);
  if (!isPaced(context.sysctl, tcb) || tcb.statistics.dataSegmentsOut < UNPACED_SEGMENTS) return;
  const rate = pacingRate(context.sysctl, tcb);
  if (rate === Infinity || rate <= 0) return;
  const takesMs = (octets * 1000) / rate;
  // If the timer was late, the next departure is earlier by the same time, at most by half of the
  // interval.
  const lateMs = wasDueMs === -Infinity ? 0 : nowMs - wasDueMs;
  pacing.nextAtMs += takesMs - Math.max(0, Math.min(takesMs / 2, lateMs));
}
