/**
 * Congestion control: how much may be in flight. One object of functions for each algorithm; its
 * state is plain data inside the TCB, so that a connection can be moved. Each event is a function
 * of its own. What is lost and what is sent again is decided elsewhere, and while a loss is
 * repaired PRR (RFC 9937) brings `cwnd` down to `ssthresh`.
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

/** What is kept of a state to be put back where its reduction turns out to be for nothing. */
export type CongestionSnapshot = Pick<CongestionState, 'name' | 'cwnd' | 'ssthresh' | 'own'>;

/** How much of the congestion window is used. Plain data. */
export interface WindowUse {
  /** The window held something back in the current round trip. */
  limited: boolean;
  /** Octets that were out at most in it, and the number with which it ends. */
  mostOctets: number;
  roundEnd: number;
  /**
   * Octets that were out at most since `stampMs`, the time when the window was last full, or last
   * changed.
   */
  usedOctets: number;
  stampMs: number;
}

export function createWindowUse(iss: number, nowMs: number): WindowUse {
  return { limited: false, mostOctets: 0, roundEnd: iss, usedOctets: 0, stampMs: nowMs };
}

/**
 * How far the network reorders, as far as it was seen: the threshold of what counts as lost follows
 * it. Plain data.
 */
export interface Reordering {
  /**
   * Segments by which one may be late before it counts as lost: from `tcp_reordering` to
   * `tcp_max_reordering`.
   */
  segments: number;
  /** How often it was seen. */
  seen: number;
}

export function createReordering(segments: number): Reordering {
  return { segments, seen: 0 };
}

/** RACK (RFC 8985 5.2): what is lost is told by time. Plain data; times in milliseconds. */
export interface Rack {
  /**
   * Of the segment that was sent last of all that have arrived: its place in the order, and where
   * it ends. 0: none has.
   */
  order: number;
  endSequence: number;
  /** The round trip of the segment that has arrived last (RACK.rtt). */
  rttMs: number;
  /** Something newer arrived since losses were looked for. */
  advanced: boolean;
  /** The reordering window is this many quarters of the least round trip (RACK.reo_wnd_mult). */
  windowSteps: number;
  /**
   * Recoveries without D-SACK that are left before the window is one quarter again
   * (RACK.reo_wnd_persist).
   */
  windowPersist: number;
  /**
   * A round in which a D-SACK has widened the window ends with this number; undefined: none
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
 * Tail loss probe (RFC 8985 7.1): the last segment again, or a new one, so that an answer tells
 * what was lost. Plain data.
 */
export interface LossProbe {
  /** SND.NXT when the probe was sent (TLP.end_seq); undefined: none is unanswered. */
  endSequence: number | undefined;
  /** It was the last segment again, not new data (TLP.is_retrans). */
  isRetransmission: boolean;
}

export function createLossProbe(): LossProbe {
  return { endSequence: undefined, isRetransmission: false };
}

/**
 * Proportional Rate Reduction (RFC 9937): brings the window down to ssthresh while a loss is
 * repaired. Plain data, octets.
 */
export interface Prr {
  /**
   * What may be delivered in the course of the recovery at most (RecoverFS); 0: no reduction is
   * under way.
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

/** What it takes to find that a reduction was for nothing, and to take it back. Plain data. */
export interface Undo {
  /** SND.UNA when the window was reduced; undefined: there is nothing to take back. */
  marker: number | undefined;
  /**
   * Octets that were sent again since, less those that a D-SACK says came twice; 0: all were
   * needless. -1: none was.
   */
  resentOctets: number;
  /**
   * TSval of the first retransmission; undefined: nothing was sent again. An older TSecr answers
   * the first transmission.
   */
  resentTimestamp: number | undefined;
  /** What is put back; undefined: nothing, as after an ECN echo. */
  before: CongestionSnapshot | undefined;
  /**
   * The last acknowledgment showed that the network is only slow with what was deemed lost: nothing
   * goes out again until another says more.
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

/** F-RTO. Plain data. */
export interface FRto {
  /** It is still open whether the timeout was for nothing. */
  on: boolean;
  /**
   * New data goes out instead of what is deemed lost, until the next acknowledgment (RFC 5682 2.1,
   * step 2b).
   */
  isTrying: boolean;
}

export function createFRto(): FRto {
  return { on: false, isTrying: false };
}

/** RFC 6675 2, RescueRxt. Plain data. */
export interface Rescue {
  /** The recovery point of the last rescue; undefined: there was none in this recovery. */
  end: number | undefined;
}
