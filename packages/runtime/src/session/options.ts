/** What sessions must know of the bodies that they carry. They look into no body otherwise. */
export interface SessionRules<Out, In> {
  /**
   * Whether a body that we send may open its socket. Other bodies for an unknown socket are
   * dropped.
   */
  opens(body: Out): boolean;
  /**
   * Whether a body that came may open its socket. Other bodies for an unknown socket are answered
   * by `unknown`.
   */
  opensIn(body: In): boolean;
  /** Whether a body that we send ends the socket: it is our last one. */
  endsOut(body: Out): boolean;
  /** Whether a body that came ends the socket. Then our unsent bodies are dropped. */
  endsIn(body: In): boolean;
  /** Whether the body may be lost. It is sent once, unsequenced. */
  isDatagram(body: Out): boolean;
  /** A body without news, to learn whether the peer runs and still knows the socket. */
  probe(socket: number, endpoint: string): Out;
  /** Whether a body is such a probe. Probes are not delivered. */
  isProbe(body: In): boolean;
  /** What to tell a peer that sends to an unknown socket, unsequenced. Undefined: nothing. */
  unknown(socket: number, endpoint: string): Out | undefined;
}

export interface SessionOptions<Out, In> {
  readonly rules: SessionRules<Out, In>;
}

/** A body that came, in order, and its socket. */
export interface Delivery<In> {
  readonly endpoint: string;
  readonly socket: number;
  readonly body: In;
}

/** A socket whose peer is gone: it acknowledged nothing for too long. */
export interface LostSession {
  readonly endpoint: string;
  readonly socket: number;
}

/** Counters. All start at 0. */
export interface SessionCounters {
  /** Bodies sent for the first time, and retransmitted. */
  sent: number;
  retransmitted: number;
  /** Bodies delivered in order. */
  delivered: number;
  /** Bodies that came twice. */
  duplicates: number;
  /**
   * Bodies kept until the gap before them closed, and bodies dropped because too many were kept.
   */
  outOfOrder: number;
  outOfOrderDropped: number;
  /** Messages sent without a body. */
  bareAcknowledgements: number;
  probes: number;
  /** Messages for unknown sockets. */
  unknown: number;
  /** Sockets whose peer was given up. */
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
 * Retransmission timeouts, one for each timeout without progress. Further ones last as long as the
 * last. Milliseconds.
 */
export const RETRANSMIT_MS: readonly number[] = [200, 400, 800, 1600, 2000];
/** How long an acknowledgement may wait for a body that carries it. The contract allows 50 ms. */
export const ACKNOWLEDGE_DELAY_MS = 20;
/** After so many bodies an acknowledgement is sent at once. */
export const ACKNOWLEDGE_EVERY = 16;
/** After so much silence the peer of a socket is probed. */
export const PROBE_AFTER_MS = 15_000;
/**
 * After so much time without an acknowledgement the peer counts as gone, if the bus is connected.
 */
export const LOST_AFTER_MS = 60_000;
/**
 * After so much time without an acknowledgement `pollSilent` names the peer, if the bus is
 * connected.
 */
export const SILENT_AFTER_MS = 500;
/** A timer that fires so late shows that this process was stopped. */
export const STOPPED_AFTER_MS = 1000;
/** How long a socket may be unknown before its peer is told: its first message may be late. */
export const UNKNOWN_GRACE_MS = 400;
/** Bodies retransmitted at once. The others follow as these are acknowledged. */
export const RETRANSMIT_BURST = 32;
/** Most bodies that a socket keeps ahead of a gap. */
export const MAX_OUT_OF_ORDER = 256;
/** Most ended sockets that are remembered, the latest ones. */
export const MAX_FINISHED = 8192;
