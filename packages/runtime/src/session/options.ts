/**
 * What the session layer has to know of the bodies that it carries; it never looks into them
 * otherwise.
 */
export interface SessionRules<Out, In> {
  /**
   * The body that we send may be the first of its socket. Other bodies for a socket that is not
   * known are dropped.
   */
  opens(body: Out): boolean;
  /**
   * The body that came may be the first of its socket. Other bodies for a socket that is not known
   * are answered by `unknown`.
   */
  opensIn(body: In): boolean;
  /** The body that we send ends the socket: nothing of ours follows it. */
  endsOut(body: Out): boolean;
  /** The body that came ends the socket: what we have not sent yet is moot. */
  endsIn(body: In): boolean;
  /** The body may be lost: it is sent unsequenced, once. */
  isDatagram(body: Out): boolean;
  /**
   * A body that says nothing new, sent to learn whether the peer is there and still knows the
   * socket.
   */
  probe(socket: number, endpoint: string): Out;
  /** Whether a body is such a probe, which is not delivered. */
  isProbe(body: In): boolean;
  /**
   * What to tell, once and unsequenced, a peer that goes on about a socket which is not known here;
   * undefined: nothing.
   */
  unknown(socket: number, endpoint: string): Out | undefined;
}

export interface SessionOptions<Out, In> {
  readonly rules: SessionRules<Out, In>;
}

/** A body that came, in order, and whose it is. */
export interface Delivery<In> {
  readonly endpoint: string;
  readonly socket: number;
  readonly body: In;
}

/** A socket whose other side is gone: it has acknowledged nothing for too long. */
export interface LostSession {
  readonly endpoint: string;
  readonly socket: number;
}

/** How often what has happened; from 0, counting up. */
export interface SessionCounters {
  /** Bodies sent for the first time, and again. */
  sent: number;
  retransmitted: number;
  /** Bodies delivered in order. */
  delivered: number;
  /** Bodies that had come before. */
  duplicates: number;
  /**
   * Bodies kept until the gap in front of them closed, and dropped since there was no room for
   * them.
   */
  outOfOrder: number;
  outOfOrderDropped: number;
  /** Messages without a body that were sent. */
  bareAcknowledgements: number;
  probes: number;
  /** Messages about sockets that are not known here. */
  unknown: number;
  /** Sockets whose other side was given up. */
  lost: number;
}

export function createSessionCounters(): SessionCounters {
  return {
    sent: 0,
    retransmitted: 0,
    delivered: 0,
    duplicates: 0,
    outOfOrder: 0,
    outOfOrderDropped: 0,
    bareAcknowledgements: 0,
    probes: 0,
    unknown: 0,
    lost: 0,
  };
}

/**
 * How long to wait for an acknowledgement: this, then twice as long each time, up to the last.
 * Milliseconds.
 */
export const RETRANSMIT_MS: readonly number[] = [200, 400, 800, 1600, 2000];
/** How long an acknowledgement may wait for a body to travel with. The contract allows 50 ms. */
export const ACKNOWLEDGE_DELAY_MS = 20;
/** Bodies after which an acknowledgement waits no longer. */
export const ACKNOWLEDGE_EVERY = 16;
/** Silence after which a socket's other side is asked whether it is there. */
export const PROBE_AFTER_MS = 15_000;
/**
 * Time without an acknowledgement after which the other side counts as gone, the bus being
 * connected.
 */
export const LOST_AFTER_MS = 60_000;
/**
 * Time without an acknowledgement after which `pollSilent` names the other side, the bus being
 * connected.
 */
export const SILENT_AFTER_MS = 500;
/** A timer that is so late shows that this process was stopped. */
export const STOPPED_AFTER_MS = 1000;
/**
 * How long a socket may be unknown before its peer is told: its first message may still be on its
 * way.
 */
export const UNKNOWN_GRACE_MS = 400;
/** Bodies that are sent again at once; the others follow as these are acknowledged. */
export const RETRANSMIT_BURST = 32;
/** Bodies that are kept ahead of a gap, for each socket. */
export const MAX_OUT_OF_ORDER = 256;
/** Sockets that are remembered after their end, the latest. */
export const MAX_FINISHED = 8192;
