/**
 * Data that the peer has sent and the application has not taken: in order, and out of order (RFC
 * 9293 3.10.7.4, seventh step). Plain data. Queued bytes are copies: received bytes may share a
 * large buffer that would otherwise stay in memory.
 */
export interface ReceiveQueue {
  /** In order, waits for the application's credit. */
  inOrder: Uint8Array[];
  inOrderOctets: number;
  /** Out of order, sorted by sequence number. The blocks neither touch nor overlap. */
  outOfOrder: OutOfOrderBlock[];
  outOfOrderOctets: number;
  /** Counts insertions, so that the age of blocks can be compared. */
  insertions: number;
}

/** Contiguous octets that arrived out of order. */
export interface OutOfOrderBlock {
  sequence: number;
  endSequence: number;
  pieces: Uint8Array[];
  /**
   * {@link ReceiveQueue.insertions} when the block last grew: the newest block is reported first
   * (RFC 2018 4).
   */
  grownAt: number;
}

export function createReceiveQueue(): ReceiveQueue {
  return {
    inOrder: [],
    inOrderOctets: 0,
    outOfOrder: [],
    outOfOrderOctets: 0,
    insertions: 0,
  };
}

/**
 * Dynamic right-sizing of the receive buffer (Fisk and Feng, 2001; Linux's `tcp_moderate_rcvbuf`).
 * The buffer holds twice what the application takes in a round trip, so that the buffer never
 * limits the sender. Plain data.
 */
export interface ReceiveAutotune {
  /**
   * Round-trip time measured by the receiver, milliseconds; 0: not known. Needed because a pure
   * receiver sends no data.
   */
  rttMs: number;
  /**
   * The sequence number one window after the start of the measurement: to reach it takes at least
   * one round trip. Valid while `windowFromMs` is not negative.
   */
  windowEdge: number;
  windowFromMs: number;
  /**
   * TSecr of the last measured segment. More segments with the same TSecr give no new measurement.
   */
  lastEcho: number;
  /** Octets that the application took in the previous round trip; 0: not measured yet. */
  spaceOctets: number;
  /** Stream offset and time at which this round trip began. */
  fromOctets: number;
  fromMs: number;
}

export function createReceiveAutotune(nowMs: number): ReceiveAutotune {
  return {
    rttMs: 0,
    windowEdge: 0,
    windowFromMs: -1,
    lastEcho: 0,
    spaceOctets: 0,
    fromOctets: 0,
    fromMs: nowMs,
  };
}
