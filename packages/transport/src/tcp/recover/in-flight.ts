import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';

/**
 * Octets that are in flight: sent, not acknowledged, not deemed lost, not known to have arrived
 * (RFC 6675's pipe).
 */
export function inFlightOctets(tcb: Tcb): number {
  const { lostOctets, resentOctets, sackedOctets } = tcb.retransmission;
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  return Math.max(0, outstanding - sackedOctets - tcb.renoSackedOctets - lostOctets + resentOctets);
}

/**
 * Octets that the congestion window has room for: one segment always fits, also where segments have
 * grown beyond the window since.
 */
export function congestionRoom(tcb: Tcb): number {
  const inFlight = inFlightOctets(tcb);
  return inFlight === 0
    ? Math.max(tcb.congestion.cwnd, tcb.sndMss)
    : tcb.congestion.cwnd - inFlight;
}
