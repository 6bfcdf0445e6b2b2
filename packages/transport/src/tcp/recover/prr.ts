import type { Prr } from '../state/recovery.ts';

/** RFC 9937 6.2, on entering recovery. */
export function beginReduction(prr: Prr, recoverOctets: number): void {
  prr.recoverOctets = recoverOctets;
  prr.deliveredOctets = 0;
  prr.sentOctets = 0;
}

/** What an acknowledgment during recovery means for PRR. */
export interface PrrAck {
  /** DeliveredData. */
  readonly deliveredOctets: number;
  readonly inFlightOctets: number;
  readonly ssthresh: number;
  readonly mss: number;
  /** SND.UNA moved and nothing more was deemed lost (SafeACK). */
  readonly isSafe: boolean;
}

/** RFC 9937 6.2, on every acknowledgment in recovery: the congestion window now. */
export function reducedWindow(prr: Prr, ack: PrrAck): number {
  const { deliveredOctets, inFlightOctets, ssthresh, mss } = ack;
  prr.deliveredOctets += deliveredOctets;
  let octets: number;
  if (inFlightOctets > ssthresh) {
    const wanted = Math.ceil((prr.deliveredOctets * ssthresh) / prr.recoverOctets);
    octets = wanted - prr.sentOctets;
  } else {
    // PRR-CRB: what has left may be replaced.
    octets = Math.max(prr.deliveredOctets - prr.sentOctets, deliveredOctets);
    // PRR-SSRB: one segment more where recovery makes progress.
    if (ack.isSafe) octets += mss;
    octets = Math.min(ssthresh - inFlightOctets, octets);
  }
  // The first retransmission goes out at once; so does one where nothing else would bring an
  // acknowledgment.
  if (prr.sentOctets === 0 || inFlightOctets === 0) octets = Math.max(octets, mss);
  return inFlightOctets + Math.max(0, octets);
}
