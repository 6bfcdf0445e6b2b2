/**
 * Congestion control decides how much data may be in flight. Each algorithm is one object of
 * functions, one function for each event; its state is plain data inside the TCB, so that a
 * connection can be handed over. Loss detection and retransmission are decided elsewhere. During
 * recovery PRR (RFC 9937) brings `cwnd` down to `ssthresh`.
 */
export interface CongestionState {
  readonly name: string;
  /** Congestion window, octets. */
  cwnd: number;
  /**
   * Slow start threshold, octets; Infinity before the first loss (RFC 5681 3.1: arbitrarily high).
   */
  ssthresh: number;
  /** The algorithm's own numbers. */
  own: Record<string, number>;
}

/**
 * The part of the state that is saved at a reduction, and restored if the reduction proves
 * spurious.
 */
export type CongestionSnapshot = Pick<CongestionState, 'name' | 'cwnd' | 'ssthresh' | 'own'>;

/** How much of the congestion window is used. Plain data. */
export interface WindowUse {
  /** The congestion window held data back in the current round trip. */
  limited: boolean;
  /**
   * Most octets outstanding in the current round trip, and the sequence number that ends the round
   * trip.
   */
  mostOctets: number;
  roundEnd: number;
  /** Most octets outstanding since `stampMs`, when the window was last full or last changed. */
  usedOctets: number;
  stampMs: number;
}

export function createWindowUse(iss: number, nowMs: number): WindowUse {
  return { limited: false, mostOctets: 0, roundEnd: iss, usedOctets: 0, stampMs: nowMs };
}

/** The degree of reordering seen so far. The loss detection threshold follows it. Plain data. */
export interface Reordering {
  /**
   * A segment counts as lost after this many later segments arrived: from `tcp_reordering` to
   * `tcp_max_reordering`.
   */
  segments: number;
  /** How often reordering was seen. */
  seen: number;
}

export function createReordering(segments: number): Reordering {
  return { segments, seen: 0 };
}

/** RACK (RFC 8985 5.2) detects losses by time. Plain data; times in milliseconds. */
export interface Rack {
  /**
   * The most recently sent of all segments that have arrived: its place in the order of
   * transmissions, and the sequence number after it. 0: nothing has arrived.
   */
  order: number;
  endSequence: number;
  /** Round-trip time of the segment that arrived last (RACK.rtt). */
  rttMs: number;
  /** A segment arrived since the last search for losses. */
  advanced: boolean;
  /** The reordering window in quarters of the minimum round-trip time (RACK.reo_wnd_mult). */
  windowSteps: number;
  /**
   * Recoveries without D-SACK that are left before the window returns to one quarter
   * (RACK.reo_wnd_persist).
   */
  windowPersist: number;
  /**
   * Sequence number that ends the round trip in which a D-SACK widened the window; undefined: none
   * (RACK.dsack_round).
   */
  duplicateRound: number | undefined;
}

export function createRack(): Rack {
  return {
    order: 0,
    endSequence: 0,
    rttMs: 0,
    advanced: false,
    windowSteps: 1,
    windowPersist: 0,
    duplicateRound: undefined,
  };
}

/**
 * Tail loss probe (RFC 8985 7.1): retransmits the last segment, or sends a new one, so that the
 * acknowledgment shows what was lost. Plain data.
 */
export interface LossProbe {
  /**
   * SND.NXT when the unanswered probe was sent (TLP.end_seq); undefined: no probe is unanswered.
   */
  endSequence: number | undefined;
  /** The probe was a retransmission, not new data (TLP.is_retrans). */
  isRetransmission: boolean;
}

export function createLossProbe(): LossProbe {
  return { endSequence: undefined, isRetransmission: false };
}

/**
 * Proportional Rate Reduction (RFC 9937): brings the congestion window down to ssthresh during
 * recovery. Plain data, octets.
 */
export interface Prr {
  /**
   * Upper bound of the octets that may be delivered during the recovery (RecoverFS); 0: no
   * reduction is under way.
   */
  recoverOctets: number;
  /** Delivered since recovery began (prr_delivered). */
  deliveredOctets: number;
  /** Sent since recovery began (prr_out). */
  sentOctets: number;
}

export function createPrr(): Prr {
  return { recoverOctets: 0, deliveredOctets: 0, sentOctets: 0 };
}

/** What is needed to detect that a reduction was spurious, and to undo it. Plain data. */
export interface Undo {
  /** SND.UNA when the window was reduced; undefined: there is nothing to undo. */
  marker: number | undefined;
  /**
   * Octets retransmitted since then, less the octets that a D-SACK reports as duplicates; 0: all
   * retransmissions were needless. -1: there was no retransmission.
   */
  resentOctets: number;
  /**
   * TSval of the first retransmission; undefined: there was none. An acknowledgment with an older
   * TSecr answers the original transmission.
   */
  resentTimestamp: number | undefined;
  /** State to restore at an undo; undefined: none, as after an ECN echo. */
  before: CongestionSnapshot | undefined;
  /**
   * The last acknowledgment showed that a segment marked lost was only late: nothing is
   * retransmitted until the next acknowledgment.
   */
  holdsBack: boolean;
}

export function createUndo(): Undo {
  return {
    marker: undefined,
    resentOctets: -1,
    resentTimestamp: undefined,
    before: undefined,
    holdsBack: false,
  };
}

/** F-RTO (RFC 5682). Plain data. */
export interface FRto {
  /** F-RTO has not decided yet whether the timeout was spurious. */
  on: boolean;
  /**
   * New data is sent in place of retransmissions until the next acknowledgment (RFC 5682 2.1, step
   * 2b).
   */
  isTrying: boolean;
}

export function createFRto(): FRto {
  return { on: false, isTrying: false };
}

/** The rescue retransmission of RFC 6675 4 (RescueRxt). Plain data. */
export interface Rescue {
  /** The recovery point of the last rescue; undefined: there was no rescue in this recovery. */
  end: number | undefined;
}
