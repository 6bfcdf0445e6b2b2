/**
 * Congestion control: how much may be in flight. One object of functions for each algorithm; its state is plain data inside
 * the TCB, so that a connection can be moved. Each event is a function of its own.
 */
export interface CongestionState {
  readonly name: string;
  /** Congestion window, octets. */
  cwnd: number;
  /** Slow start threshold, octets; Infinity before the first loss (RFC 5681 3.1: arbitrarily high). */
  ssthresh: number;
  /** The algorithm's own numbers. */
  readonly own: Record<string, number>;
}

/** What an algorithm may look at when something happens. */
export interface CongestionEvent {
  readonly nowMs: number;
  /** Octets of data in a full segment (SMSS). */
  readonly mss: number;
  /** Octets in flight before the event (FlightSize). */
  readonly inFlightOctets: number;
  /** Smoothed round-trip time, milliseconds; -1 where not known. */
  readonly srttMs: number;
}

export interface CongestionControl {
  readonly name: string;
  create(mss: number): CongestionState;
  /** `octets` were acknowledged outside recovery, and the window was the limit. */
  onAcknowledged(state: CongestionState, octets: number, event: CongestionEvent): void;
  /** A loss was found by duplicate acknowledgments or SACK: fast recovery begins. */
  onLossDetected(state: CongestionState, event: CongestionEvent): void;
  /** All that was in flight when recovery began is acknowledged. */
  onRecoveryExit(state: CongestionState, event: CongestionEvent): void;
  /** The retransmission timer expired; `isFirst`: for the first time on this data. */
  onTimeout(state: CongestionState, isFirst: boolean, event: CongestionEvent): void;
  /** Nothing was sent for longer than an RTO (RFC 5681 4.1). */
  onIdle(state: CongestionState, event: CongestionEvent): void;
}

/** Segments of the initial window (RFC 6928 2). */
export const INITIAL_WINDOW_SEGMENTS = 10;

/** The initial window, octets: min(10 MSS, max(2 MSS, 14,600)) (RFC 6928 2). */
export function initialWindow(mss: number): number {
  return Math.min(INITIAL_WINDOW_SEGMENTS * mss, Math.max(2 * mss, 14600));
}
