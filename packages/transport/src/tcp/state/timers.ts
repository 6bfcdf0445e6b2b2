/** Deadlines in milliseconds of the caller's clock; Infinity where the timer is off. */
export interface TcbDeadlines {
  /** Retransmission, or the persist timer where the window is shut: never both. */
  retransmit: number;
  /**
   * The tail loss probe and RACK's reordering window (RFC 8985): one of them may stand for the
   * retransmission timer.
   */
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

/** The retransmission timeout (RFC 6298), in milliseconds. Plain data. */
export interface RtoState {
  /** Smoothed round-trip time; -1 before the first measurement. */
  srttMs: number;
  rttvarMs: number;
  /** Least round-trip time within `tcp_min_rtt_wlen`; Infinity before the first. */
  minRttMs: number;
  minRtt: WindowedMin;
  /** Without back-off. */
  rtoMs: number;
  /** How often it has been doubled since the last acknowledgment. */
  backoff: number;
}

/** Before a measurement (RFC 6298 2.1). */
export const INITIAL_RTO_MS = 1000;

export function createRto(): RtoState {
  return {
    srttMs: -1,
    rttvarMs: 0,
    minRttMs: Infinity,
    minRtt: createWindowedMin(),
    rtoMs: INITIAL_RTO_MS,
    backoff: 0,
  };
}

/**
 * The least of what was measured within a window of time, in constant room (K. Nichols' estimator,
 * as in Linux): the least, and the least since it, twice over, to take its place when it is too
 * old. Plain data.
 */
export interface WindowedMin {
  /** Least first, each taken at or after the one before it. Infinity: nothing was measured. */
  values: [number, number, number];
  atMs: [number, number, number];
}

export function createWindowedMin(): WindowedMin {
  return { values: [Infinity, Infinity, Infinity], atMs: [0, 0, 0] };
}

/** Keepalive of a connection (RFC 9293 3.8.4). Plain data. */
export interface Keepalive {
  /** Probes sent since the peer was heard of last. */
  unanswered: number;
  lastProbeMs: number;
}

export function createKeepalive(): Keepalive {
  return { unanswered: 0, lastProbeMs: -Infinity };
}

/**
 * The user timeout of a connection beyond what its socket asks: what the peers tell each other (RFC
 * 5482). Plain data.
 */
export interface UserTimeout {
  /** REMOTE_UTO, milliseconds; 0: the peer told none. */
  remoteMs: number;
  /** Segments that still carry ADV_UTO. */
  toAnnounce: number;
  /**
   * Since when the octet at `sndUna` has waited to be acknowledged, or for the window to open; -1:
   * none does.
   */
  sinceMs: number;
  sndUna: number;
}

export function createUserTimeout(): UserTimeout {
  return { remoteMs: 0, toAnnounce: 1, sinceMs: -1, sndUna: 0 };
}
