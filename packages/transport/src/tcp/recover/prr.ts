import type { Prr } from '../state/recovery.ts';

/** RFC 9937 6.2: on entering recovery. */
export function beginReduction(prr: Prr, recoverOctets: number): void {
  prr.recoverOctets = recoverOctets;
  prr.deliveredOctets = 0;
  prr.sentOctets = 0;
}

/** The values of an acknowledgment during recovery that PRR uses. */
export interface PrrAck {
  /** DeliveredData. */
  readonly deliveredOctets: number;
  readonly inFlightOctets: number;
  readonly ssthresh: number;
  readonly mss: number;
  /** SND.UNA advanced and nothing more was marked lost (SafeACK). */
  readonly isSafe: boolean;
}

/** RFC 9937 6.2: the congestion window after each acknowledgment in recovery. */
export function reducedWindow(prr: Prr, ack: PrrAck): number {
  const { deliveredOctets, inFlightOctets, ssthresh, mss } = ack;
  prr.deliveredOctets += deliveredOctets;
  let octets: number;
  if (inFlightOctets > ssthresh) {
    const wanted = Math.ceil((prr.deliveredOctets * ssthresh) / prr.recoverOctets);
    octets = wanted - prr.sentOctets;
  } else {
    // PRR-CRB: send as many octets as were delivered.
    octets = Math.max(prr.deliveredOctets - prr.sentOctets, deliveredOctets);
    // PRR-SSRB: one segment more if recovery makes progress.
    if (ack.isSafe) octets += mss;
    octets = Math.min(ssthresh - inFlightOctets, octets);
  }
  // The first retransmission is sent at once. One segment is also sent if nothing is in flight,
  // since no acknowledgment would arrive otherwise.
  if (prr.sentOctets === 0 || inFlightOctets === 0) octets = Math.max(octets, mss);
  return inFlightOctets + Math.max(0, octets);
}
