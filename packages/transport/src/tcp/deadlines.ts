/** Deadlines in milliseconds of the caller's clock; Infinity where the timer is off. */
export interface TcbDeadlines {
  /** Retransmission, or the persist timer where the window is shut: never both. */
  retransmit: number;
  /** The tail loss probe and RACK's reordering window (RFC 8985): one of them may stand for the retransmission timer. */
  lossProbe: number;
  reorder: number;
  persist: number;
  delayedAck: number;
  keepalive: number;
  /** The ceiling of TCP_CORK. */
  cork: number;
  /** Data that waits for its time goes then. */
  pacing: number;
}

/** All off. */
export function createDeadlines(): TcbDeadlines {
  return {
    retransmit: Infinity,
    lossProbe: Infinity,
    reorder: Infinity,
    persist: Infinity,
    delayedAck: Infinity,
    keepalive: Infinity,
    cork: Infinity,
    pacing: Infinity,
  };
}
