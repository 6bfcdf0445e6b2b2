/** Statistics of a connection, for people. */
export interface TcbStatistics {
  segmentsIn: number;
  segmentsOut: number;
  /** Of these, those with data. */
  dataSegmentsIn: number;
  dataSegmentsOut: number;
  octetsReceived: number;
  octetsAcknowledged: number;
  octetsSent: number;
  octetsRetransmitted: number;
  /** Octets that the peer has reported as duplicates (D-SACK). */
  octetsDuplicated: number;
  retransmissions: number;
  duplicateAcks: number;
  /** Duplicates that the peer reported (D-SACK). */
  duplicateSacks: number;
  outOfOrder: number;
  /** When data last arrived, and when an accepted acknowledgment last arrived. */
  lastDataMs: number;
  lastAckMs: number;
}

export function createStatistics(nowMs: number): TcbStatistics {
  return {
    segmentsIn: 0,
    segmentsOut: 0,
    dataSegmentsIn: 0,
    dataSegmentsOut: 0,
    octetsReceived: 0,
    octetsAcknowledged: 0,
    octetsSent: 0,
    octetsRetransmitted: 0,
    octetsDuplicated: 0,
    retransmissions: 0,
    duplicateAcks: 0,
    duplicateSacks: 0,
    outOfOrder: 0,
    lastDataMs: nowMs,
    lastAckMs: nowMs,
  };
}
