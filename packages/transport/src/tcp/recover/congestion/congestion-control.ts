import type { CongestionSnapshot, CongestionState } from '../../state/recovery.ts';
import { seqDiff } from '../../state/sequence.ts';
import type { Tcb } from '../../state/tcb.ts';
import type { AckSample } from '../ack-sample.ts';
import { inFlightOctets } from '../in-flight.ts';

/** The values that an algorithm may read at an event. */
export interface CongestionEvent {
  readonly nowMs: number;
  /** Octets of data in a full segment (SMSS). */
  readonly mss: number;
  /**
   * Octets sent and not acknowledged, including those SACKed or marked lost (FlightSize, RFC 5681
   * 2).
   */
  readonly flightOctets: number;
  /** Octets in flight: FlightSize without those SACKed or marked lost (pipe, RFC 6675 2). */
  readonly inFlightOctets: number;
  /** Smoothed round-trip time, milliseconds; -1: not known. */
  readonly srttMs: number;
  /** Minimum round-trip time, milliseconds; Infinity: not known. */
  readonly minRttMs: number;
  /** Round-trip time measured by the acknowledgment, milliseconds; -1: none. */
  readonly rttMs: number;
  /** SND.UNA after the event, and SND.NXT. */
  readonly sndUna: number;
  readonly sndNxt: number;
}

export interface CongestionControl {
  readonly name: string;
  /** Only the algorithm sets the window: not PRR, a timeout or idleness. Default false. */
  readonly isFixed?: boolean;
  create(mss: number): CongestionState;
  /**
   * `octets` were delivered (acknowledged or SACKed) outside of a reduction, and the window was the
   * limit.
   */
  onAcknowledged(state: CongestionState, octets: number, event: CongestionEvent): void;
  /**
   * New data was acknowledged, whether or not the window was the limit. For algorithms that measure
   * round trips.
   */
  onRoundTripSample?(state: CongestionState, event: CongestionEvent): void;
  /** A duplicate ACK (RFC 5681 2), or an acknowledgment that SACKs new data. */
  onDuplicateAck?(state: CongestionState, event: CongestionEvent): void;
  /** A loss was found by duplicate ACKs, SACK or RACK: sets ssthresh. */
  onLossDetected(state: CongestionState, event: CongestionEvent): void;
  /**
   * The peer echoes a congestion mark (ECE, RFC 3168 6.1.2): sets ssthresh. At most once in a round
   * trip.
   */
  onEcnEcho(state: CongestionState, event: CongestionEvent): void;
  /**
   * All data in flight at the start of the reduction is acknowledged: sets the window to ssthresh.
   */
  onRecoveryExit(state: CongestionState, event: CongestionEvent): void;
  /**
   * The retransmission timer expired: sets ssthresh, if `isFirst` (the first timeout for this
   * data). Loss recovery sets the window.
   */
  onTimeout(state: CongestionState, isFirst: boolean, event: CongestionEvent): void;
  /**
   * The reduction was spurious (a spurious timeout or fast retransmit): restores the state from
   * before.
   */
  onUndo(state: CongestionState, before: CongestionSnapshot, event: CongestionEvent): void;
  /**
   * Nothing was sent for longer than an RTO, or less than the window (RFC 5681 4.1, RFC 2861). The
   * window is set already.
   */
  onIdle(state: CongestionState, event: CongestionEvent): void;
}

/** Segments of the initial window (RFC 6928 2). */
const INITIAL_WINDOW_SEGMENTS = 10;

/** The initial window, octets: min(10 MSS, max(2 MSS, 14,600)) (RFC 6928 2). */
export function initialWindow(mss: number): number {
  return Math.min(INITIAL_WINDOW_SEGMENTS * mss, Math.max(2 * mss, 14600));
}

export function snapshotOf({ name, cwnd, ssthresh, own }: CongestionState): CongestionSnapshot {
  return { name, cwnd, ssthresh, own: { ...own } };
}

/** Restores a window after a spurious reduction, and keeps what it has grown to if that is more. */
export function restore(state: CongestionState, before: CongestionSnapshot): void {
  state.cwnd = Math.max(state.cwnd, before.cwnd);
  state.ssthresh = Math.max(state.ssthresh, before.ssthresh);
  // The algorithm may have been changed since; its own numbers then mean nothing to the new one.
  if (before.name === state.name) state.own = { ...before.own };
}

/**
 * Slow start by octets, not by acknowledgments (RFC 3465): a peer may acknowledge many segments at
 * once, or one segment in parts. Returns the octets left over above ssthresh.
 */
export function slowStart(state: CongestionState, octets: number): number {
  if (state.cwnd >= state.ssthresh) return octets;
  const grow = Math.min(octets, state.ssthresh - state.cwnd);
  state.cwnd += grow;
  return octets - grow;
}

/** The values of an event. `sample`: the acknowledgment, if the event is one. */
export function congestionEvent(tcb: Tcb, nowMs: number, sample?: AckSample): CongestionEvent {
  const flight = sample?.priorFlightOctets ?? seqDiff(tcb.sndNxt, tcb.sndUna);
  return {
    nowMs,
    mss: tcb.sndMss,
    // In a batch of acknowledgments the earlier ones have already lowered FlightSize, and no new
    // data has been sent since.
    flightOctets: Math.max(flight, tcb.windowUse.mostOctets),
    inFlightOctets: inFlightOctets(tcb),
    srttMs: tcb.rto.srttMs,
    minRttMs: tcb.rto.minRttMs,
    rttMs: sample?.rttMs ?? -1,
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
  };
}
