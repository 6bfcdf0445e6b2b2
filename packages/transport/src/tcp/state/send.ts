/**
 * Data that the application has written and the peer has not acknowledged, addressed by its
 * absolute offset in the stream. Plain data.
 */
export interface SendBuffer {
  /** The writes, oldest first; owned by transport. Entries before `head` are gone. */
  chunks: SendChunk[];
  head: number;
  /**
   * Index of the chunk that the last look-up found: the next look-up most likely ends there or in
   * the next chunk.
   */
  hint: number;
  /** Offset of the first octet that is kept: all octets before it are acknowledged. */
  startOffset: number;
  /** Offset after the last octet written. */
  endOffset: number;
}

export interface SendChunk {
  /** Offset of the chunk's first octet in the stream. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /**
   * Whether a write ends here: the segment that carries its last octet has PSH (RFC 9293 3.9.1.2).
   */
  readonly push: boolean;
}

export function createSendBuffer(): SendBuffer {
  return { chunks: [], head: 0, hint: 0, startOffset: 0, endOffset: 0 };
}

/**
 * All ranges that are sent and not acknowledged, in order, with the scoreboard of RFC 6675. Plain
 * data.
 */
export interface RetransmissionQueue {
  ranges: SentRange[];
  /** Index of the first range; the ranges before it are acknowledged. */
  head: number;
  /** Octets in ranges with each flag. */
  lostOctets: number;
  resentOctets: number;
  sackedOctets: number;
  /** Octets that are marked lost and not retransmitted yet. */
  waitingOctets: number;
  /** Number of transmissions so far. */
  transmissions: number;
  /** No range before this index waits to be retransmitted. */
  resendHint: number;
  /** After the highest SACKed sequence number. Not valid while nothing is SACKed. */
  sackedEnd: number;
  /**
   * After the highest retransmitted sequence number (HighRxt, RFC 6675 2); undefined: nothing in
   * the queue was retransmitted.
   */
  resentEnd: number | undefined;
}

/**
 * Sequence numbers that were sent together and are not acknowledged: octets of data, and one each
 * for SYN and FIN. A range may hold many segments (a super-segment); the part that is SACKed or
 * retransmitted becomes a range of its own.
 */
export interface SentRange {
  sequence: number;
  endSequence: number;
  /** Time of the last transmission. */
  sentAtMs: number;
  /** Place of the last transmission in the order of all transmissions; times alone may be equal. */
  order: number;
  /** The delivery state at the last transmission; undefined: the range gives no rate sample. */
  stamp: SendStamp | undefined;
  /** Octets in each segment of the last transmission. */
  segmentOctets: number;
  /** Number of transmissions, from 1. */
  transmissions: number;
  /** Marked lost: its earlier transmissions no longer count as in flight. */
  lost: boolean;
  /** Retransmitted, and the retransmission is in flight. */
  resent: boolean;
  /** SACKed: the peer holds it out of order (RFC 2018). */
  sacked: boolean;
}

export function createRetransmissionQueue(): RetransmissionQueue {
  return {
    ranges: [],
    head: 0,
    lostOctets: 0,
    resentOctets: 0,
    sackedOctets: 0,
    waitingOctets: 0,
    transmissions: 0,
    resendHint: 0,
    sackedEnd: 0,
    resentEnd: undefined,
  };
}

/** The connection's delivery rate. Octets and milliseconds. Plain data. */
export interface RateState {
  /** Octets delivered: acknowledged or SACKed (C.delivered). SYN and FIN count one each. */
  deliveredOctets: number;
  deliveredSegments: number;
  /** When the last octet was reported as delivered (C.delivered_time). */
  deliveredAtMs: number;
  /** When the most recently delivered segment was sent (C.first_sent_time). */
  firstSentAtMs: number;
  /**
   * The sender is short of data until `deliveredOctets` reaches this (C.app_limited); 0: it is not
   * short of data.
   */
  appLimitedUntil: number;
  /** The last rate sample: octets, and the time in which they were delivered; 0: none yet. */
  sampleOctets: number;
  sampleIntervalMs: number;
  /**
   * The application wrote less than the network could have carried: the sample is only a lower
   * bound.
   */
  isSampleAppLimited: boolean;
}

export function createRate(nowMs: number): RateState {
  return {
    deliveredOctets: 0,
    deliveredSegments: 0,
    deliveredAtMs: nowMs,
    firstSentAtMs: nowMs,
    appLimitedUntil: 0,
    sampleOctets: 0,
    sampleIntervalMs: 0,
    isSampleAppLimited: false,
  };
}

/**
 * The delivery state at a transmission (P.delivered and the like). Never changed: several ranges
 * may share one.
 */
export interface SendStamp {
  readonly deliveredOctets: number;
  readonly deliveredAtMs: number;
  readonly firstSentAtMs: number;
  readonly isAppLimited: boolean;
}

/** TCP_CORK of a connection. Plain data. */
export interface Cork {
  /**
   * Small segments before this stream offset may be sent: the ceiling was reached, or TCP_NODELAY
   * was set.
   */
  pushedOffset: number;
}

export function createCork(): Cork {
  return { pushedOffset: 0 };
}

/** Urgent data of a connection (RFC 9293 3.8.5, RFC 6093). Plain data. */
export interface Urgent {
  /** SND.UP: the sequence number after the last urgent octet (MUST-62). Valid while `isSending`. */
  sndUp: number;
  isSending: boolean;
  /**
   * The peer's urgent octet: its sequence number and its offset in the stream. Valid unless
   * `rcvState` is `none`.
   */
  mark: number;
  markOffset: number;
  /** `awaited`: the urgent octet has not arrived. `come`: it has arrived. */
  rcvState: 'none' | 'awaited' | 'come';
  /** What the application has not been told yet: that there is an urgent octet, and its value. */
  isMarkNews: boolean;
  octetNews: number | undefined;
}

export function createUrgent(): Urgent {
  return {
    sndUp: 0,
    isSending: false,
    mark: 0,
    markOffset: 0,
    rcvState: 'none',
    isMarkNews: false,
    octetNews: undefined,
  };
}

/** Pacing spreads the data of a window over the round trip. Plain data. */
export interface Pacing {
  /** The next data may be sent from this time on (Linux's earliest departure time). */
  nextAtMs: number;
  /** Octets of data that the present turn has sent. */
  turnOctets: number;
}

export function createPacing(): Pacing {
  return { nextAtMs: -Infinity, turnOctets: 0 };
}

/**
 * How long each limit held the sender back (RFC 4898's SndLim; Linux's `tcpi_busy_time`,
 * `tcpi_rwnd_limited`, `tcpi_sndbuf_limited`). Milliseconds. Plain data.
 */
export interface SendLimits {
  now: SendLimit;
  sinceMs: number;
  /** Time with data to send or in flight, whatever the limit. */
  busyMs: number;
  receiveWindowMs: number;
  sendBufferMs: number;
}

/**
 * What holds the sender back: no data to send, the network, the peer's window, or the send buffer
 * that the application has filled.
 */
export type SendLimit = 'idle' | 'network' | 'receive window' | 'send buffer';

export function createSendLimits(nowMs: number): SendLimits {
  return { now: 'idle', sinceMs: nowMs, busyMs: 0, receiveWindowMs: 0, sendBufferMs: 0 };
}
