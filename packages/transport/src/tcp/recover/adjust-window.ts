import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { RecoveryAck } from './ack-sample.ts';
import { congestionEvent } from './congestion/congestion-control.ts';
import { mayGrow } from './congestion/cwnd-validation.ts';
import { congestionControl } from './congestion/registry.ts';
import { isReducing, reduceWindow } from './loss-recovery.ts';

/**
 * Sets the congestion window after an acknowledgment. During a reduction PRR sets it; otherwise the
 * algorithm does, if the window was the limit. `wasReducing`: PRR set the window before this
 * acknowledgment.
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
  // The acknowledgment that ends the reduction leaves the window at ssthresh (RFC 6582 3.2, step
  // 3).
  if (wasReducing) return;
  // If the network reorders, SACKed data counts as progress too.
  const isProgress =
    tcb.reordering.segments > context.sysctl.tcp_reordering
      ? sample.deliveredOctets > 0
      : sample.acknowledgedOctets > 0;
  if (isProgress && mayGrow(tcb)) {
    control.onAcknowledged(congestion, sample.deliveredOctets, event);
  }
}
