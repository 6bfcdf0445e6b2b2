/** Deadlines in milliseconds of the caller's clock; Infinity: the timer is off. */
export interface TcbDeadlines {
  /** The retransmission timer. Off while the persist timer runs (zero window). */
  retransmit: number;
  /**
   * The tail loss probe and RACK's reordering timer (RFC 8985). At most one of them runs, in place
   * of the retransmission timer.
   */
  lossProbe: number;
  reorder: number;
  persist: number;
  delayedAck: number;
  keepalive: number;
  /** The longest wait of TCP_CORK. */
  cork: number;
  /** When paced data may be sent. */
  pacing: number;
}

/** All timers off. */
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
  /** Without exponential backoff. */
  rtoMs: number;
  /** How often the timeout was doubled since the last acknowledgment. */
  backoff: number;
}

/** RTO before the first measurement (RFC 6298 2.1). */
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
 * The minimum of the measurements within a time window, in constant memory (K. Nichols' estimator,
 * Linux's lib/win_minmax.c). Holds the minimum, and the minima of the later parts of the window,
 * which replace it when it is too old. Plain data.
 */
export interface WindowedMin {
  /** Smallest first, each measured at or after the one before it. Infinity: no measurement. */
  values: [number, number, number];
  atMs: [number, number, number];
}

export function createWindowedMin(): WindowedMin {
  return { values: [Infinity, Infinity, Infinity], atMs: [0, 0, 0] };
}

/** Keepalive of a connection (RFC 9293 3.8.4). Plain data. */
export interface Keepalive {
  /** Probes sent since the last segment from the peer. */
  unanswered: number;
  lastProbeMs: number;
}

export function createKeepalive(): Keepalive {
  return { unanswered: 0, lastProbeMs: -Infinity };
}

/** The user timeout option of a connection (RFC 5482): what the two peers announce. Plain data. */
export interface UserTimeout {
  /** REMOTE_UTO, milliseconds; 0: the peer announced none. */
  remoteMs: number;
  /** Number of segments that still carry the option (ADV_UTO). */
  toAnnounce: number;
  /**
   * Since when the octet at `sndUna` waits for an acknowledgment or for the window to open; -1: no
   * octet waits.
   */
  sinceMs: number;
  sndUna: number;
}

export function createUserTimeout(): UserTimeout {
  return { remoteMs: 0, toAnnounce: 1, sinceMs: -1, sndUna: 0 };
}
