import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { RecoveryAck } from './ack-sample.ts';
import { congestionEvent } from './congestion/congestion-control.ts';
import { mayGrow } from './congestion/cwnd-validation.ts';
import { congestionControl } from './congestion/registry.ts';
import { isReducing, reduceWindow } from './loss-recovery.ts';

/**
 * The congestion window after an acknowledgment: PRR while it is reduced, else the algorithm, where
 * the window was the limit. `wasReducing`: PRR had it before the acknowledgment.
 */
export function adjustWindow(
  context: TcpContext,
  tcb: Tcb,
  ack: RecoveryAck,
  wasReducing: boolean,
): void {
  const { sample } = ack;
  const { congestion } = tcb;
  const control = congestionControl(congestion.name);
  const event = congestionEvent(tcb, sample.nowMs, sample);
  const isFirstSlowStart = congestion.ssthresh === Infinity;
  if (ack.isAdvanced) control.onRoundTripSample?.(congestion, event);
  if (isFirstSlowStart && congestion.ssthresh !== Infinity) {
    context.counters.TCPHystartDelayDetect += 1;
    context.counters.TCPHystartDelayCwnd += Math.floor(congestion.cwnd / tcb.sndMss);
  }
  if (ack.isDuplicate) control.onDuplicateAck?.(congestion, event);
  if (isReducing(tcb)) return reduceWindow(tcb, ack, wasReducing);
  // What ended the reduction, leaves the window at ssthresh (RFC 6582 3.2, step 3).
  if (wasReducing) return;
  // Where the network reorders, what is SACKed is progress as well.
  const isProgress =
    tcb.reordering.segments > context.sysctl.tcp_reordering
      ? sample.deliveredOctets > 0
      : sample.acknowledgedOctets > 0;
  if (isProgress && mayGrow(tcb)) {
    control.onAcknowledged(congestion, sample.deliveredOctets, event);
  }
}
