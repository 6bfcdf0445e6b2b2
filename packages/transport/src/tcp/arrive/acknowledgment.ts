import { answering, dropTcp } from '../../outcomes.ts';
import { type AckSample, createAckSample, type RecoveryAck } from '../recover/ack-sample.ts';
import { adjustWindow } from '../recover/adjust-window.ts';
import { takeDuplicateSack } from '../recover/duplicate-sack.ts';
import { asksForReduction, isEcnEcho } from '../recover/ecn.ts';
import { inFlightOctets } from '../recover/in-flight.ts';
import { advanceRecovery, isReducing, onEcnEcho } from '../recover/loss-recovery.ts';
import { adaptReorderingWindow, advanceRack, RECOVERY_RACK } from '../recover/rack.ts';
import { removeRenoSack } from '../recover/reno-sack.ts';
import { noteReordering } from '../recover/reordering.ts';
import {
  acknowledge,
  countOff,
  headRange,
  isAllAcknowledged,
} from '../recover/retransmission-queue.ts';
import { applySack } from '../recover/scoreboard.ts';
import { resendAll } from '../recover/simple-retransmit.ts';
import { onProbeAcknowledgment } from '../recover/tail-loss-probe.ts';
import { emitAck, timestampNow } from '../send/emit.ts';
import { noteProbeAcknowledged } from '../send/mtu-probe.ts';
import { output } from '../send/output.ts';
import { noteAcknowledgedSize } from '../send/path-mtu.ts';
import { finishRateSample } from '../send/rate.ts';
import { releaseSent } from '../send/send-buffer.ts';
import { seqAdd, seqDiff, seqGt, seqLt } from '../state/sequence.ts';
import { endOfSendSequence, isOnlyProbeInFlight, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { measureRtt, noteMinRtt } from '../timers/rto.ts';
import { restartTransmitTimer, stopTransmitTimer } from '../timers/transmit-timer.ts';
import { mayAnswerInvalid } from './challenge-limit.ts';
import { grantSendCredit } from './hand-up.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * Sends a challenge ACK (RFC 5961 3.2, 4.2, 5.2), within the limits of the stack and of the
 * connection.
 */
export function challenge(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (!mayAnswerInvalid(context, tcb, 'strata/ACK_SKIPPED_CHALLENGE', nowMs)) return;
  if (!context.mayChallenge(nowMs)) return;
  answering(context, 'strata/CHALLENGE_ACK');
  emitAck(context, tcb, nowMs);
}

/**
 * The fifth step of RFC 9293 3.10.7.4 for a connection past SYN-RECEIVED: processes SEG.ACK and
 * SEG.WND. Returns false if the segment is dropped here.
 */
export function processAcknowledgment(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): boolean {
  const { segAck } = segment;
  if (seqGt(segAck, tcb.sndNxt)) {
    // The ACK acknowledges data that was not sent: send an ACK, drop the segment.
    dropTcp(context, 'TCP_ACK_UNSENT_DATA');
    challenge(context, tcb, nowMs);
    return false;
  }
  const behind = seqDiff(tcb.sndUna, segAck);
  if (behind > recentPastOctets(tcb)) {
    dropTcp(context, 'TCP_TOO_OLD_ACK');
    // RFC 5961 5.2: a blind attacker must guess SEG.ACK too before data can be injected.
    challenge(context, tcb, nowMs);
    return false;
  }
  // Acknowledgments arrive in batches, and output runs after the batch. The earlier ones may
  // already permit sending. That data is sent now, so that it counts as in flight when this
  // acknowledgment marks losses, and so that PRR advances once for each acknowledgment.
  if (tcb.caState !== 'open' || segment.options.sack !== undefined) output(context, tcb, nowMs);
  // From here on the segment is known to come from the peer. Keepalive and R2 must not depend on
  // segments of strangers.
  tcb.lastReceivedMs = nowMs;
  tcb.statistics.lastAckMs = nowMs;
  const wasShut = tcb.sndWnd === 0;
  const wasProbing = isOnlyProbeInFlight(tcb);
  if (behind >= 0 && tellsNothing(tcb, segment)) takeWindow(tcb, segment, behind, false);
  else takeSample(context, tcb, segment, behind, nowMs);
  if (wasShut && tcb.sndWnd > 0) reopen(context, tcb, wasProbing);
  context.wake(tcb);
  return true;
}

/**
 * Whether a segment that acknowledges nothing new is also irrelevant to loss recovery: no SACK, no
 * duplicate ACK (RFC 5681 2), no ECN echo, and no recovery in progress. Most such segments are data
 * from a peer to which we send nothing.
 */
function tellsNothing(tcb: Tcb, segment: ArrivedSegment): boolean {
  const { retransmission: queue, undo } = tcb;
  if (segment.options.sack !== undefined || isEcnEcho(tcb, segment)) return false;
  if (tcb.caState !== 'open' || undo.marker !== undefined) return false;
  if (undo.resentTimestamp !== undefined) return false;
  if (isAllAcknowledged(queue)) return true;
  return (
    segment.segLen > 0 &&
    tcb.duplicateAcks === 0 &&
    tcb.lossProbe.endSequence === undefined &&
    !(tcb.sackOn && tcb.rack.advanced) &&
    queue.lostOctets + queue.sackedOctets + tcb.renoSackedOctets === 0 &&
    queue.resentEnd === undefined
  );
}

/**
 * Takes the send window from a segment whose SEG.ACK is `behind` octets before SND.UNA. An open
 * window ends probing.
 */
function takeWindow(tcb: Tcb, segment: ArrivedSegment, behind: number, isAdvanced: boolean): void {
  if (behind <= 0) updateWindow(tcb, segment, isAdvanced);
  if (tcb.sndWnd > 0) tcb.probes = 0;
}

/** Processes an acknowledgment that concerns data in flight. */
function takeSample(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  behind: number,
  nowMs: number,
): void {
  const { segAck } = segment;
  const sample = beginSample(tcb, nowMs);
  takeSack(context, tcb, segment, sample);
  const isAdvanced = seqGt(segAck, tcb.sndUna);
  const isDuplicate = behind === 0 && isDuplicateAck(tcb, segment, sample);
  if (isAdvanced) takeNewAcknowledgment(context, tcb, segment, sample);
  else if (sample.newlySackedOctets > 0) measure(context, tcb, segment, sample);
  takeWindow(tcb, segment, behind, isAdvanced);
  recover(context, tcb, segment, { sample, isAdvanced, isDuplicate, echo: echoOf(segment) });
}

/**
 * How far SEG.ACK may lie before SND.UNA: MAX.SND.WND (RFC 5961 5.2), but, as in Linux's tcp_ack(),
 * never before the first octet that this connection sent.
 */
function recentPastOctets(tcb: Tcb): number {
  return Math.min(tcb.maxSndWnd, tcb.statistics.octetsAcknowledged + 1);
}

/** The sample with the values from before the acknowledgment. */
export function beginSample(tcb: Tcb, nowMs: number): AckSample {
  const { retransmission: queue } = tcb;
  return createAckSample({
    nowMs,
    priorUna: tcb.sndUna,
    priorFlightOctets: seqDiff(tcb.sndNxt, tcb.sndUna),
    priorInFlightOctets: inFlightOctets(tcb),
    priorSackedEnd: queue.sackedOctets > 0 ? queue.sackedEnd : tcb.sndUna,
    recover: tcb.recover,
    minRttMs: tcb.rto.minRttMs,
  });
}

function takeSack(context: TcpContext, tcb: Tcb, segment: ArrivedSegment, sample: AckSample): void {
  const { sack } = segment.options;
  if (!tcb.sackOn || sack === undefined) return;
  const blocks = takeDuplicateSack(context, tcb, sack, segment.segAck, sample);
  applySack(tcb.retransmission, blocks, tcb.sndUna, tcb.sndNxt, sample);
}

function echoOf({ options }: ArrivedSegment): number | undefined {
  return options.timestamps?.echo;
}

/**
 * A duplicate ACK. RFC 5681 2: data is outstanding; the segment has no data, no SYN, no FIN, the
 * same acknowledgment number and the same window. With SACK (RFC 6675 2): the segment SACKs new
 * data. Answers to zero-window probes do not count.
 */
function isDuplicateAck(tcb: Tcb, segment: ArrivedSegment, sample: AckSample): boolean {
  if (isAllAcknowledged(tcb.retransmission) || tcb.probes > 0) return false;
  if (tcb.sackOn && sample.newlySackedOctets > 0) return true;
  if (segment.segLen > 0 || sample.duplicateOctets > 0) return false;
  return segment.segWnd * 2 ** tcb.sndWndShift === tcb.sndWnd;
}

/** Updates loss recovery, the congestion window and the timers. */
function recover(context: TcpContext, tcb: Tcb, segment: ArrivedSegment, ack: RecoveryAck): void {
  const { sample, isAdvanced, isDuplicate } = ack;
  const { nowMs, lowestReordered } = sample;
  if (isAdvanced) tcb.duplicateAcks = 0;
  if (isDuplicate) {
    tcb.duplicateAcks += 1;
    tcb.statistics.duplicateAcks += 1;
  }
  if (!tcb.sackOn && isAdvanced) removeRenoSack(context, tcb, sample);
  advanceRack(tcb.rack, sample);
  if (lowestReordered !== undefined) {
    const { sackedOctets, sackedEnd } = tcb.retransmission;
    const high = sackedOctets > 0 ? sackedEnd : sample.priorSackedEnd;
    noteReordering(context, tcb, lowestReordered, high, 'TCPSACKReorder');
  }
  adaptReorderingWindow(tcb, sample);
  onProbeAcknowledgment(context, tcb, sample, segment.segAck, isDuplicate);
  const wasReducing = isReducing(tcb);
  const isTimed = advanceRecovery(context, tcb, ack);
  if (asksForReduction(tcb, segment, sample)) onEcnEcho(context, tcb, sample);
  adjustWindow(context, tcb, ack, wasReducing);
  noteDelivered(context, tcb, segment, sample);
  // RFC 6298 5.2 and 5.3: stop the timer when all data is acknowledged, otherwise restart it.
  const isProgress = isAdvanced || tellsOfHead(context, tcb, sample);
  if (isProgress && !isTimed) restartTransmitTimer(context, tcb, nowMs);
  // Move `recover` along with SND.UNA, so that the distance never reaches 2^31.
  if (tcb.caState === 'open' && seqGt(tcb.sndUna, tcb.recover))
    tcb.recover = seqAdd(tcb.sndUna, -1);
}

/**
 * Whether the newly SACKed data restarts the retransmission timer. With RACK any data does: RACK
 * finds the loss of the first range by itself. Without RACK only data sent no later than the first
 * range does, as in Linux's tcp_clean_rtx_queue(): otherwise SACKs of later data would keep the
 * timer from ever expiring.
 */
function tellsOfHead({ sysctl }: TcpContext, tcb: Tcb, sample: AckSample): boolean {
  if (sample.newlySackedOctets === 0) return false;
  if ((sysctl.tcp_recovery & RECOVERY_RACK) !== 0) return true;
  const head = headRange(tcb.retransmission);
  const { sackSentAtMs } = sample;
  return sackSentAtMs >= 0 && head !== undefined && sackSentAtMs <= head.sentAtMs;
}

function noteDelivered(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  sample: AckSample,
): void {
  if (sample.deliveredOctets === 0) return;
  const { rate, deliveredOctets } = sample;
  // Without SACK a duplicate ACK reports that a segment arrived, but not which one.
  if (!tcb.sackOn) rate.segments = Math.ceil(deliveredOctets / tcb.sndMss);
  finishRateSample(tcb.rate, rate, deliveredOctets, tcb.rto.minRttMs, sample.nowMs);
  context.counters.TCPDelivered += rate.segments;
  if (!isEcnEcho(tcb, segment)) return;
  context.counters.TCPDeliveredCE += rate.segments;
  tcb.ecn.deliveredCe += rate.segments;
}

function takeNewAcknowledgment(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  sample: AckSample,
): void {
  acknowledge(tcb.retransmission, segment.segAck, sample);
  // Without SACK a retransmission may have filled the hole in front of data that arrived long
  // before.
  if (!tcb.sackOn && sample.retransmitted) sample.originalDelivered = false;
  tcb.sndUna = segment.segAck;
  noteAcknowledgedSize(tcb);
  noteProbeAcknowledged(context, tcb);
  const dataEnd = endOfSendSequence(tcb);
  const dataUna = seqGt(tcb.sndUna, dataEnd) ? dataEnd : tcb.sndUna;
  const octets = seqDiff(dataUna, tcb.sendStartSequence);
  if (octets > 0) {
    releaseSent(tcb.send, tcb.send.startOffset + octets);
    tcb.sendStartSequence = dataUna;
    tcb.statistics.octetsAcknowledged += octets;
  }
  measure(context, tcb, segment, sample);
  tcb.firstTimeoutAtMs = -1;
  tcb.softError = undefined;
  tcb.deadlines.persist = Infinity;
  if (octets > 0) grantSendCredit(context, tcb);
}

/**
 * Measures the round trip (RFC 6298 3) from data that was sent once and is now acknowledged or
 * SACKed. Retransmitted data is measured by its timestamp, or not at all (Karn's algorithm).
 */
export function measure(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  sample: AckSample,
): void {
  const { nowMs, firstSentAtMs, lastSentAtMs, sackSentAtMs } = sample;
  const isClean = firstSentAtMs >= 0 && !sample.retransmitted;
  let rttMs = -1;
  if (isClean) rttMs = nowMs - firstSentAtMs;
  else if (sackSentAtMs >= 0) rttMs = nowMs - sackSentAtMs;
  else if (sample.retransmitted) rttMs = rttByTimestamp(tcb, segment, nowMs);
  if (rttMs < 0) return;
  sample.rttMs = isClean ? nowMs - lastSentAtMs : rttMs;
  const { tcp_rto_min_us, tcp_rto_max_ms, tcp_min_rtt_wlen } = context.sysctl;
  noteMinRtt(tcb.rto, sample.rttMs, nowMs, tcp_min_rtt_wlen * 1000);
  measureRtt(tcb.rto, rttMs, tcp_rto_min_us / 1000, tcp_rto_max_ms);
  // The backed-off RTO stays until the next measurement (RFC 6298 5.5).
  tcb.rto.backoff = 0;
}

function rttByTimestamp(tcb: Tcb, segment: ArrivedSegment, nowMs: number): number {
  const echo = echoOf(segment);
  if (!tcb.timestampsOn || echo === undefined || echo === 0) return -1;
  return (timestampNow(tcb, nowMs) - echo) | 0;
}

/**
 * RFC 9293 3.10.7.4: SND.WND is taken only from segments that are not older than the last segment
 * that updated it. A segment that acknowledges new data always counts as newer, even if its data is
 * a retransmission, as in Linux's tcp_may_update_window(): with the old SND.WND the right edge
 * would lie beyond what the peer offered.
 */
function updateWindow(tcb: Tcb, segment: ArrivedSegment, isAdvanced: boolean): void {
  const { segSeq, segAck } = segment;
  const isNewer =
    isAdvanced ||
    seqLt(tcb.sndWl1, segSeq) ||
    (tcb.sndWl1 === segSeq && !seqGt(tcb.sndWl2, segAck));
  if (!isNewer) return;
  tcb.sndWnd = segment.segWnd * 2 ** tcb.sndWndShift;
  tcb.sndWl1 = segSeq;
  tcb.sndWl2 = segAck;
  if (tcb.sndWnd > tcb.maxSndWnd) tcb.maxSndWnd = tcb.sndWnd;
}

/**
 * The window has opened: data sent into the closed window, the probe included, is retransmitted at
 * once.
 */
function reopen(context: TcpContext, tcb: Tcb, wasProbing: boolean): void {
  tcb.rto.backoff = 0;
  tcb.deadlines.persist = Infinity;
  if (isAllAcknowledged(tcb.retransmission)) return;
  if (wasProbing) fillProbe(tcb);
  resendAll(context, tcb);
  stopTransmitTimer(tcb);
}

/**
 * Fills the zero-window probe up to a full segment. One octet alone would be a small segment, and
 * Nagle's algorithm would then hold back the next one (RFC 9293 3.7.4).
 */
function fillProbe(tcb: Tcb): void {
  const probe = headRange(tcb.retransmission)!;
  const unsent = seqDiff(endOfSendSequence(tcb), probe.endSequence);
  const more = Math.min(tcb.sndMss - 1, tcb.sndWnd - 1, unsent);
  if (more <= 0) return;
  countOff(tcb.retransmission, probe, 1);
  probe.lost = false;
  probe.resent = false;
  // Only a peer that keeps data beyond RCV.NXT could have SACKed the probe.
  probe.sacked = false;
  probe.endSequence = seqAdd(probe.endSequence, more);
  tcb.sndNxt = probe.endSequence;
  tcb.sndSml = more + 1 < tcb.sndMss ? tcb.sndNxt : tcb.sndUna;
}
