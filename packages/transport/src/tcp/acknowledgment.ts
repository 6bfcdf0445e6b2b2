import { mayAnswerInvalid } from './challenge-limit.ts';
import {
  onDuplicateAcknowledgment,
  onNewlyAcknowledged,
  onSackedBeyond,
} from './congestion-events.ts';
import { grantSendCredit } from './delivery.ts';
import { takeEcnEcho } from './ecn.ts';
import { emitAck, timestampNow } from './emit.ts';
import type { TcpEnvironment } from './environment.ts';
import { acknowledge, applySack, isAllAcknowledged, markAllLost } from './retransmission-queue.ts';
import { backedOffRto, measureRtt } from './rto.ts';
import type { ArrivedSegment } from './segment.ts';
import { releaseSent } from './send-buffer.ts';
import { seqDiff, seqGt, seqLt } from './sequence.ts';
import { endOfSendSequence, type Tcb } from './tcb.ts';

/** Sends a challenge ACK (RFC 5961 3.2, 4.2, 5.2), within the stack's and the connection's limits. */
export function challenge(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  if (!mayAnswerInvalid(env, tcb, 'TCPACKSkippedChallenge', nowMs)) return;
  if (!env.mayChallenge(nowMs)) return;
  env.counters.TCPChallengeACK += 1;
  emitAck(env, tcb, nowMs);
}

/**
 * The fifth step of RFC 9293 3.10.7.4 for a connection past SYN-RECEIVED: takes SEG.ACK and SEG.WND. False: the segment is
 * dropped here.
 */
export function processAcknowledgment(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): boolean {
  const { segAck } = segment;
  if (seqGt(segAck, tcb.sndNxt)) {
    // It acknowledges what was not sent yet: send an ACK, drop the segment.
    challenge(env, tcb, nowMs);
    return false;
  }
  const behind = seqDiff(tcb.sndUna, segAck);
  if (behind > recentPastOctets(tcb)) {
    // RFC 5961 5.2: who does not know the connection would have to guess this number too, in order to inject data.
    challenge(env, tcb, nowMs);
    return false;
  }
  const wasShut = tcb.sndWnd === 0;
  const flightOctets = seqDiff(tcb.sndNxt, tcb.sndUna);
  const sackedNow = takeSack(tcb, segment);
  if (seqGt(segAck, tcb.sndUna)) {
    takeNewAcknowledgment(env, tcb, segment, nowMs);
    // Where the peer answers many segments at once, no duplicate may follow.
    if (sackedNow > 0) onSackedBeyond(env, tcb, nowMs);
    tcb.deadlines.persist = Infinity;
  } else if (behind === 0 && isDuplicate(tcb, segment, sackedNow)) {
    onDuplicateAcknowledgment(env, tcb, nowMs);
    env.wake(tcb);
  }
  takeEcnEcho(env, tcb, segment, flightOctets, nowMs);
  if (behind <= 0) updateWindow(tcb, segment);
  if (tcb.sndWnd > 0) tcb.probes = 0;
  if (wasShut && tcb.sndWnd > 0) reopen(tcb);
  env.wake(tcb);
  return true;
}

/**
 * How far behind SND.UNA an acknowledgment may be: MAX.SND.WND (RFC 5961 5.2), and as in Linux not before what this connection has sent,
 * which a large window would reach.
 */
function recentPastOctets(tcb: Tcb): number {
  return Math.min(tcb.maxSndWnd, tcb.statistics.octetsAcknowledged + 1);
}

function takeSack(tcb: Tcb, segment: ArrivedSegment): number {
  const { sack } = segment.options;
  if (!tcb.sackOn || sack === undefined) return 0;
  return applySack(tcb.retransmission, sack, tcb.sndUna, tcb.sndNxt);
}

/**
 * RFC 5681 2: outstanding data, no data in it, no SYN or FIN, the same acknowledgment number, the same window; or with SACK: it
 * reports something new (RFC 6675 2). The answers to probes of a shut window tell of no loss.
 */
function isDuplicate(tcb: Tcb, segment: ArrivedSegment, sackedNow: number): boolean {
  if (isAllAcknowledged(tcb.retransmission) || tcb.probes > 0) return false;
  if (tcb.sackOn) return sackedNow > 0;
  return segment.segLen === 0 && segment.segWnd * 2 ** tcb.sndWndShift === tcb.sndWnd;
}

function takeNewAcknowledgment(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const taken = acknowledge(tcb.retransmission, segment.segAck);
  tcb.sndUna = segment.segAck;
  const dataEnd = endOfSendSequence(tcb);
  const dataUna = seqGt(tcb.sndUna, dataEnd) ? dataEnd : tcb.sndUna;
  const octets = seqDiff(dataUna, tcb.sendStartSequence);
  if (octets > 0) {
    releaseSent(tcb.send, tcb.send.startOffset + octets);
    tcb.sendStartSequence = dataUna;
    tcb.statistics.octetsAcknowledged += octets;
  }
  // Karn: backed off it stays until there is a measurement (RFC 6298 5.5).
  if (sampleRtt(env, tcb, segment, taken.sentAtMs, taken.retransmitted, nowMs)) {
    tcb.rto.backoff = 0;
  }
  tcb.firstTimeoutAtMs = -1;
  tcb.softError = undefined;
  // RFC 6298 5.2 and 5.3: off when all is acknowledged, else anew from now.
  tcb.deadlines.retransmit = isAllAcknowledged(tcb.retransmission)
    ? Infinity
    : nowMs + backedOffRto(tcb.rto, env.sysctl.tcp_rto_max_ms);
  onNewlyAcknowledged(tcb, taken, nowMs);
  if (octets > 0) grantSendCredit(env, tcb);
}

/** Karn's algorithm (RFC 6298 3): what was sent again is measured by its timestamp or not at all. Whether it was measured. */
export function sampleRtt(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: ArrivedSegment,
  sentAtMs: number,
  retransmitted: boolean,
  nowMs: number,
): boolean {
  const { tcp_rto_min_us, tcp_rto_max_ms } = env.sysctl;
  let rttMs = -1;
  if (sentAtMs >= 0 && !retransmitted) rttMs = nowMs - sentAtMs;
  else if (tcb.timestampsOn && segment.options.timestamps !== undefined && retransmitted) {
    const elapsed = (timestampNow(tcb, nowMs) - segment.options.timestamps.echo) | 0;
    if (elapsed >= 0 && segment.options.timestamps.echo !== 0) rttMs = elapsed;
  }
  if (rttMs < 0) return false;
  measureRtt(tcb.rto, rttMs, tcp_rto_min_us / 1000, tcp_rto_max_ms);
  return true;
}

/** RFC 9293 3.10.7.4: SND.WND is taken from segments that are not older than the last one it was taken from. */
export function updateWindow(tcb: Tcb, segment: ArrivedSegment): void {
  const { segSeq, segAck } = segment;
  const isNewer =
    seqLt(tcb.sndWl1, segSeq) || (tcb.sndWl1 === segSeq && !seqGt(tcb.sndWl2, segAck));
  if (!isNewer) return;
  tcb.sndWnd = segment.segWnd * 2 ** tcb.sndWndShift;
  tcb.sndWl1 = segSeq;
  tcb.sndWl2 = segAck;
  if (tcb.sndWnd > tcb.maxSndWnd) tcb.maxSndWnd = tcb.sndWnd;
}

/** The window opens again: what was sent into the shut window, the probe included, is sent again at once. */
function reopen(tcb: Tcb): void {
  tcb.rto.backoff = 0;
  tcb.deadlines.persist = Infinity;
  if (isAllAcknowledged(tcb.retransmission)) return;
  markAllLost(tcb.retransmission);
  tcb.renoSackedOctets = 0;
  tcb.deadlines.retransmit = Infinity;
}
