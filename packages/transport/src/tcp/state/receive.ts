/**
 * What the peer has sent and the application has not taken: in order, and out of order (RFC 9293
 * 3.10.7.4, eighth step). Plain data. Queued bytes are copies: what was received may share its
 * memory with much that is long gone.
 */
export interface ReceiveQueue {
  /** In order, waiting for the application's credit. */
  inOrder: Uint8Array[];
  inOrderOctets: number;
  /**
   * Beyond a hole, by sequence number, neither touching nor overlapping their neighbours' octets
   * twice.
   */
  outOfOrder: OutOfOrderBlock[];
  outOfOrderOctets: number;
  /** Counts what was kept, so that blocks can be told by age. */
  insertions: number;
}

/** Octets that follow each other, beyond a hole. */
export interface OutOfOrderBlock {
  sequence: number;
  endSequence: number;
  pieces: Uint8Array[];
  /**
   * {@link ReceiveQueue.insertions} when it grew last: the newest is reported first (RFC 2018 4).
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
 * Dynamic right-sizing of the receive buffer (Fisk and Feng, 2001; Linux's `tcp_moderate_rcvbuf`):
 * the application should find room for twice what it takes in a round trip, so that never the
 * buffer is what limits the sender. Plain data.
 */
export interface ReceiveAutotune {
  /**
   * The round-trip time as the receiver sees it, milliseconds; 0: not known. It may have sent
   * nothing itself.
   */
  rttMs: number;
  /**
   * A window's worth of octets ends here: it takes a round trip at least. Of meaning where
   * `windowFromMs` is not negative.
   */
  windowEdge: number;
  windowFromMs: number;
  /** The last echo that was measured: more segments with it say nothing new. */
  lastEcho: number;
  /** Octets that the application took in the round trip before; 0: nothing was measured yet. */
  spaceOctets: number;
  /** Where this round trip began. */
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
