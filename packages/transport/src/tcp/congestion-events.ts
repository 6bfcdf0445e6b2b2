import type { CongestionEvent } from './congestion/congestion-control.ts';
import { congestionControl } from './congestion/registry.ts';
import { noteLossReduction } from './ecn.ts';
import type { TcpEnvironment } from './environment.ts';
import {
  type Acknowledged,
  markAllLost,
  markHeadLost,
  markLostBySack,
} from './retransmission-queue.ts';
import { seqDiff, seqGe, seqGt } from './sequence.ts';
import type { Tcb } from './tcb.ts';

/** Octets that are in flight: sent, not acknowledged, not deemed lost, not known to have arrived (RFC 6675's pipe). */
export function inFlightOctets(tcb: Tcb): number {
  const { lostOctets, resentOctets, sackedOctets } = tcb.retransmission;
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  return Math.max(0, outstanding - sackedOctets - tcb.renoSackedOctets - lostOctets + resentOctets);
}

export function congestionEvent(tcb: Tcb, nowMs: number): CongestionEvent {
  return {
    nowMs,
    mss: tcb.sndMss,
    flightOctets: seqDiff(tcb.sndNxt, tcb.sndUna),
    inFlightOctets: inFlightOctets(tcb),
    srttMs: tcb.rto.srttMs,
    minRttMs: tcb.rto.minRttMs,
    rttMs: -1,
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
  };
}

/**
 * The peer echoes a congestion mark (RFC 3168 6.1.2). The caller sees to it that this comes once in a round trip, and not while a
 * loss is repaired. `flightOctets`: FlightSize before the acknowledgment that echoes.
 */
export function onEcnEcho(tcb: Tcb, flightOctets: number, nowMs: number): void {
  const control = congestionControl(tcb.congestion.name);
  control.onEcnEcho(tcb.congestion, { ...congestionEvent(tcb, nowMs), flightOctets });
  tcb.congestion.cwnd = Math.min(tcb.congestion.cwnd, tcb.congestion.ssthresh);
}

/** The acknowledgment moved SND.UNA: the window grows, or recovery goes on or ends. */
export function onNewlyAcknowledged(tcb: Tcb, acknowledged: Acknowledged, nowMs: number): void {
  const control = congestionControl(tcb.congestion.name);
  tcb.duplicateAcks = 0;
  if (tcb.phase === 'recovery') {
    if (seqGe(tcb.sndUna, tcb.recover)) {
      tcb.renoSackedOctets = 0;
      control.onRecoveryExit(tcb.congestion, congestionEvent(tcb, nowMs));
      tcb.phase = 'open';
    } else onPartialAcknowledgment(tcb, acknowledged.octets);
    return;
  }
  tcb.renoSackedOctets = 0;
  if (tcb.phase === 'loss' && seqGe(tcb.sndUna, tcb.recover)) tcb.phase = 'open';
  if (tcb.ecn.reducing) return;
  const isLimited =
    tcb.cwndLimited ||
    tcb.phase === 'loss' ||
    // Slow start doubles what was really in flight, as RFC 7661 and Linux have it.
    (tcb.congestion.cwnd < tcb.congestion.ssthresh &&
      tcb.congestion.cwnd < 2 * (inFlightOctets(tcb) + acknowledged.octets));
  if (!isLimited) return;
  control.onAcknowledged(tcb.congestion, acknowledged.octets, congestionEvent(tcb, nowMs));
  tcb.cwndLimited = false;
}

/** RFC 6582 3.2 step 3, partial acknowledgment: the next hole is lost too. */
function onPartialAcknowledgment(tcb: Tcb, octets: number): void {
  // What filled the hole was not among the segments that the duplicate ACKs told of.
  tcb.renoSackedOctets = Math.max(0, tcb.renoSackedOctets - Math.max(0, octets - tcb.sndMss));
  boundRenoSacked(tcb);
  markHeadLost(tcb.retransmission, tcb.sndMss);
}

/** A duplicate acknowledgment (RFC 5681 2), or one that SACKs something new. */
export function onDuplicateAcknowledgment(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  tcb.duplicateAcks += 1;
  tcb.statistics.duplicateAcks += 1;
  if (!tcb.sackOn) {
    tcb.renoSackedOctets += tcb.sndMss;
    boundRenoSacked(tcb);
  }
  if (tcb.phase === 'loss') return;
  if (tcb.sackOn) return onSackedBeyond(env, tcb, nowMs);
  const threshold = env.sysctl.tcp_reordering;
  // RFC 6582 3.2 step 1: not again for what was in flight when the last loss was found.
  if (tcb.phase !== 'open' || tcb.duplicateAcks !== threshold) return;
  if (seqGt(tcb.sndUna, tcb.recover)) enterRecovery(env, tcb, nowMs);
}

/** SACK told of octets beyond a hole: what lies far enough below them is lost (RFC 6675 5). */
export function onSackedBeyond(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  if (tcb.phase === 'loss') return;
  const threshold = env.sysctl.tcp_reordering;
  const found = markLostBySack(tcb.retransmission, threshold * tcb.sndMss);
  if (tcb.phase === 'open' && (found || tcb.duplicateAcks >= threshold)) {
    enterRecovery(env, tcb, nowMs);
  }
}

/** At most all but the head can have left the network. */
function boundRenoSacked(tcb: Tcb): void {
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  tcb.renoSackedOctets = Math.min(tcb.renoSackedOctets, Math.max(0, outstanding - tcb.sndMss));
}

function enterRecovery(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const event = congestionEvent(tcb, nowMs);
  tcb.phase = 'recovery';
  noteLossReduction(tcb);
  tcb.recover = tcb.sndNxt;
  markHeadLost(tcb.retransmission, tcb.sndMss);
  congestionControl(tcb.congestion.name).onLossDetected(tcb.congestion, event);
  tcb.congestion.cwnd = tcb.congestion.ssthresh;
  env.counters.TCPFastRetrans += 1;
  if (tcb.sackOn) env.counters.TCPSackRecovery += 1;
  else env.counters.TCPRenoRecovery += 1;
}

/** The retransmission timer expired: all that is in flight counts as lost (RFC 5681 3.1, RFC 6298 5.4). */
export function onRetransmissionTimeout(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const isFirst = tcb.firstTimeoutAtMs < 0;
  const event = congestionEvent(tcb, nowMs);
  markAllLost(tcb.retransmission);
  tcb.renoSackedOctets = 0;
  tcb.duplicateAcks = 0;
  tcb.phase = 'loss';
  noteLossReduction(tcb);
  tcb.recover = tcb.sndNxt;
  congestionControl(tcb.congestion.name).onTimeout(tcb.congestion, isFirst, event);
  tcb.congestion.cwnd = tcb.sndMss;
  env.counters.TCPTimeouts += 1;
}
