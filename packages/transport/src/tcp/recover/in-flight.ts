import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import type { CongestionEvent } from './congestion/congestion-control.ts';

/** Octets that are in flight: sent, not acknowledged, not deemed lost, not known to have arrived (RFC 6675's pipe). */
export function inFlightOctets(tcb: Tcb): number {
  const { lostOctets, resentOctets, sackedOctets } = tcb.retransmission;
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  return Math.max(0, outstanding - sackedOctets - tcb.renoSackedOctets - lostOctets + resentOctets);
}

/** Octets that the congestion window has room for: one segment always fits, also where segments have grown beyond the window since. */
export function congestionRoom(tcb: Tcb): number {
  const inFlight = inFlightOctets(tcb);
  return inFlight === 0
    ? Math.max(tcb.congestion.cwnd, tcb.sndMss)
    : tcb.congestion.cwnd - inFlight;
}

/** What congestion control may look at; `sample`: where an acknowledgment is the event. */
export function congestionEvent(tcb: Tcb, nowMs: number, sample?: AckSample): CongestionEvent {
  const flight = sample?.priorFlightOctets ?? seqDiff(tcb.sndNxt, tcb.sndUna);
  return {
    nowMs,
    mss: tcb.sndMss,
    // Where many acknowledgments come at once, those before this one have taken off what nothing could replace yet.
    flightOctets: Math.max(flight, tcb.windowUse.mostOctets),
    inFlightOctets: inFlightOctets(tcb),
    srttMs: tcb.rto.srttMs,
    minRttMs: tcb.rto.minRttMs,
    rttMs: sample?.rttMs ?? -1,
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
  };
}

/** Segments in flight and about it, as tcp_info counts them (tcpi_unacked, _sacked, _lost, _retrans, _reordering, _reord_seen). */
export interface RecoveryInfo {
  readonly unacknowledgedSegments: number;
  readonly sackedSegments: number;
  readonly lostSegments: number;
  readonly retransmittedSegments: number;
  readonly inFlightSegments: number;
  readonly reorderingSegments: number;
  readonly reorderingSeen: number;
}

export function recoveryInfo(tcb: Tcb): RecoveryInfo {
  const { retransmission: queue, reordering, sndMss } = tcb;
  const segments = (octets: number) => Math.ceil(octets / sndMss);
  return {
    unacknowledgedSegments: segments(seqDiff(tcb.sndNxt, tcb.sndUna)),
    sackedSegments: segments(queue.sackedOctets + tcb.renoSackedOctets),
    lostSegments: segments(queue.lostOctets),
    retransmittedSegments: segments(queue.resentOctets),
    inFlightSegments: segments(inFlightOctets(tcb)),
    reorderingSegments: reordering.segments,
    reorderingSeen: reordering.seen,
  };
}
