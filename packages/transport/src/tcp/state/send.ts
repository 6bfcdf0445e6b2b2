/**
 * What the application has written and the peer has not acknowledged, addressed by the absolute
 * offset in the stream. Plain data: the functions below work on it.
 */
export interface SendBuffer {
  /** What was written, oldest first; owned by transport. Entries before `head` are gone. */
  chunks: SendChunk[];
  head: number;
  /** Where the last look-up ended: the next one is most likely there or just behind it. */
  hint: number;
  /** Offset of the first octet that is kept: all before it is acknowledged. */
  startOffset: number;
  /** Offset behind the last octet that was written. */
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

/** All that is sent and not acknowledged, in order, with the scoreboard of RFC 6675. Plain data. */
export interface RetransmissionQueue {
  ranges: SentRange[];
  /** Index of the first range; those before it are acknowledged. */
  head: number;
  /** Octets in ranges by flag. */
  lostOctets: number;
  resentOctets: number;
  sackedOctets: number;
  /** Octets that are lost and not sent again: they wait. */
  waitingOctets: number;
  /** Transmissions so far. */
  transmissions: number;
  /** Ranges before this index hold nothing that waits to be sent again. */
  resendHint: number;
  /** Behind the highest number that is SACKed; of no meaning where nothing is. */
  sackedEnd: number;
  /**
   * Behind the highest number that was sent again (HighRxt, RFC 6675 2); undefined: nothing in the
   * queue was.
   */
  resentEnd: number | undefined;
}

/**
 * Sequence numbers that were sent together and are not acknowledged: octets of data, and SYN or FIN
 * as one each. It may be many segments (a super-segment); what the peer SACKs or what is sent again
 * is cut off as a range of its own.
 */
export interface SentRange {
  sequence: number;
  endSequence: number;
  /** When it was last sent. */
  sentAtMs: number;
  /** Its place in the order of all transmissions, which a clock may not tell. */
  order: number;
  /** What was delivered when it was last sent; undefined: it gives no rate. */
  stamp: SendStamp | undefined;
  /** Octets of the segments that it went out in. */
  segmentOctets: number;
  /** Times it was sent, from 1. */
  transmissions: number;
  /** Deemed lost: what was sent of it before no longer counts as in flight. */
  lost: boolean;
  /** Sent again, and that one is in flight. */
  resent: boolean;
  /** The peer holds it beyond a hole (RFC 2018). */
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

/** What is known of the connection's rate. Octets and milliseconds. Plain data. */
export interface RateState {
  /** Known to have arrived: acknowledged or SACKed (C.delivered). SYN and FIN count one each. */
  deliveredOctets: number;
  deliveredSegments: number;
  /** When the last of it was told of (C.delivered_time). */
  deliveredAtMs: number;
  /** When the segment was sent that was told of last (C.first_sent_time). */
  firstSentAtMs: number;
  /**
   * `deliveredOctets` from which on the sender was not short of data (C.app_limited); 0: it is not.
   */
  appLimitedUntil: number;
  /** The last estimate: so much in so long; 0: none yet. */
  sampleOctets: number;
  sampleIntervalMs: number;
  /**
   * The application wrote less than the network would have carried: the rate is no more than a
   * lower bound.
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
 * The state of delivery when something was sent (P.delivered and its kin). Never changed: several
 * ranges may share one.
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
   * Stream offset up to which small segments may go all the same: the ceiling was reached, or
   * TCP_NODELAY was set.
   */
  pushedOffset: number;
}

export function createCork(): Cork {
  return { pushedOffset: 0 };
}

/** Urgent data of a connection (RFC 9293 3.8.5, RFC 6093). Plain data. */
export interface Urgent {
  /** SND.UP: behind the last urgent octet (MUST-62); of meaning while `isSending`. */
  sndUp: number;
  isSending: boolean;
  /**
   * Where the peer's urgent octet stands: its sequence number and its offset in the stream. Of
   * meaning where `rcvState` is not `none`.
   */
  mark: number;
  markOffset: number;
  /** `awaited`: it has not come. `come`: it has. */
  rcvState: 'none' | 'awaited' | 'come';
  /** What the application has not been told yet. */
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

/** Pacing: what the window allows is spread over the round trip. Plain data. */
export interface Pacing {
  /** The next data may go from here on (the earliest departure time of Linux). */
  nextAtMs: number;
  /** Octets of data that the present turn has handed down. */
  turnOctets: number;
}

export function createPacing(): Pacing {
  return { nextAtMs: -Infinity, turnOctets: 0 };
}

/**
 * How long what held the sender up (RFC 4898's SndLim, `tcpi_busy_time` and its kin in Linux).
 * Milliseconds. Plain data.
 */
export interface SendLimits {
  now: SendLimit;
  sinceMs: number;
  /** With something to send or in flight, whatever the limit. */
  busyMs: number;
  receiveWindowMs: number;
  sendBufferMs: number;
}

/**
 * What holds the sender up: nothing to send, the network, the peer's window, or an application that
 * may not write more.
 */
export type SendLimit = 'idle' | 'network' | 'receive window' | 'send buffer';

export function createSendLimits(nowMs: number): SendLimits {
  return { now: 'idle', sinceMs: nowMs, busyMs: 0, receiveWindowMs: 0, sendBufferMs: 0 };
}
