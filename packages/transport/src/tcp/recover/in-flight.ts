import { seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';

/**
 * Octets in flight (RFC 6675's pipe): sent, and neither acknowledged, nor SACKed, nor marked lost.
 * Retransmissions count again.
 */
export function inFlightOctets(tcb: Tcb): number {
  const { lostOctets, resentOctets, sackedOctets } = tcb.retransmission;
  const outstanding = seqDiff(tcb.sndNxt, tcb.sndUna);
  return Math.max(0, outstanding - sackedOctets - tcb.renoSackedOctets - lostOctets + resentOctets);
}

/**
 * Octets for which the congestion window has room. With nothing in flight at least one segment
 * fits, even if the MSS has grown beyond the window.
 */
export function congestionRoom(tcb: Tcb): number {
  const inFlight = inFlightOctets(tcb);
  return inFlight === 0
    ? Math.max(tcb.congestion.cwnd, tcb.sndMss)
    : tcb.congestion.cwnd - inFlight;
}
