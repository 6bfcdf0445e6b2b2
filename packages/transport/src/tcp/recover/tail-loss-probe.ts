import { resend, sendOneSegment } from '../send/output.ts';
import { seqGt, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { rearmRetransmission, stopTransmitTimer } from '../timers/transmit-timer.ts';
import type { AckSample } from './ack-sample.ts';
import { reduceAtOnce } from './loss-recovery.ts';
import { cutLastSegment, tailRange } from './retransmission-queue.ts';

/** RFC 8985 7.3 (TLP_send_probe): the probe timer has expired. */
export function sendLossProbe(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (tcb.lossProbe.endSequence !== undefined) return rearmRetransmission(context, tcb, nowMs);
  const { outcomes } = context;
  if (outcomes.isOn) outcomes.purpose('emitted', 'strata/TAIL_LOSS_PROBE');
  const isNew = sendOneSegment(context, tcb, nowMs);
  if (!isNew) {
    const { retransmission: queue } = tcb;
    const tail = tailRange(queue);
    if (tail === undefined || tail.sacked) return rearmRetransmission(context, tcb, nowMs);
    if (outcomes.isOn) outcomes.purpose('retransmitted', 'strata/TAIL_LOSS_PROBE');
    resend(context, tcb, cutLastSegment(queue, queue.ranges.length - 1), nowMs);
  }
  tcb.lossProbe.endSequence = tcb.sndNxt;
  tcb.lossProbe.isRetransmission = !isNew;
  context.counters.TCPLossProbes += 1;
  stopTransmitTimer(tcb);
  rearmRetransmission(context, tcb, nowMs);
}

/**
 * RFC 8985 7.4 (TLP_process_ack): whether the probe repaired a loss. Such a loss reduces the
 * window.
 */
export function onProbeAcknowledgment(
  context: TcpContext,
  tcb: Tcb,
  sample: AckSample,
  segAck: number,
  isDuplicate: boolean,
): void {
  const { lossProbe: probe } = tcb;
  if (probe.endSequence === undefined || seqLt(segAck, probe.endSequence)) return;
  if (!probe.isRetransmission) {
    // The probe was new data, and it is acknowledged: there was no loss, or RACK finds it.
    probe.endSequence = undefined;
  } else if (sample.isProbeDuplicated) {
    // Original and probe both arrived.
    probe.endSequence = undefined;
  } else if (seqGt(segAck, probe.endSequence)) {
    // The probe repaired a loss.
    probe.endSequence = undefined;
    context.counters.TCPLossProbeRecovery += 1;
    reduceAtOnce(context, tcb, sample);
  } else if (isDuplicate && sample.newlySackedOctets === 0) {
    // Without D-SACK a duplicate ACK shows that original and probe both arrived.
    probe.endSequence = undefined;
  }
}
