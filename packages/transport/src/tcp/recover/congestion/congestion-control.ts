import type { CongestionSnapshot, CongestionState } from '../../state/recovery.ts';
import { seqDiff } from '../../state/sequence.ts';
import type { Tcb } from '../../state/tcb.ts';
import type { AckSample } from '../ack-sample.ts';
import { inFlightOctets } from '../in-flight.ts';

/** What an algorithm may look at when something happens. */
export interface CongestionEvent {
  readonly nowMs: number;
  /** Octets of data in a full segment (SMSS). */
  readonly mss: number;
  /**
   * Octets sent and not acknowledged (FlightSize, RFC 5681 2), what was SACKed or deemed lost
   * included.
   */
  readonly flightOctets: number;
  /** Octets in flight: FlightSize without what was SACKed or deemed lost (pipe, RFC 6675 2). */
  readonly inFlightOctets: number;
  /** Smoothed round-trip time, milliseconds; -1 where not known. */
  readonly srttMs: number;
  /** Least round-trip time seen, milliseconds; Infinity where not known. */
  readonly minRttMs: number;
  /** The round-trip time that the acknowledgment gave, milliseconds; -1 where it gave none. */
  readonly rttMs: number;
  /** SND.UNA after the event, and SND.NXT. */
  readonly sndUna: number;
  readonly sndNxt: number;
}

export interface CongestionControl {
  readonly name: string;
  /**
   * The window is fixed: nothing but the algorithm sets it, neither PRR nor a timeout nor idleness.
   * Default false.
   */
  readonly isFixed?: boolean;
  create(mss: number): CongestionState;
  /**
   * `octets` were delivered (acknowledged or SACKed) outside of fast recovery, and the window was
   * the limit.
   */
  onAcknowledged(state: CongestionState, octets: number, event: CongestionEvent): void;
  /**
   * An acknowledgment of new data, whether or not the window was the limit: for what measures round
   * trips.
   */
  onRoundTripSample?(state: CongestionState, event: CongestionEvent): void;
  /** A duplicate acknowledgment (RFC 5681 2), or one that SACKs something new. */
  onDuplicateAck?(state: CongestionState, event: CongestionEvent): void;
  /** A loss was found by duplicate acknowledgments, SACK or RACK: sets ssthresh. */
  onLossDetected(state: CongestionState, event: CongestionEvent): void;
  /**
   * The peer echoes a congestion mark (ECE, RFC 3168 6.1.2): sets ssthresh. At most once a round
   * trip.
   */
  onEcnEcho(state: CongestionState, event: CongestionEvent): void;
  /** All that was in flight when the reduction began is acknowledged: the window is ssthresh. */
  onRecoveryExit(state: CongestionState, event: CongestionEvent): void;
  /**
   * The retransmission timer expired; `isFirst`: for the first time on this data: sets ssthresh.
   * What the window is then, is set by loss recovery.
   */
  onTimeout(state: CongestionState, isFirst: boolean, event: CongestionEvent): void;
  /**
   * The reduction was for nothing (a spurious timeout or fast retransmit): puts back what was
   * before it.
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

/**
 * Puts a window back that was reduced for nothing; what it grew to since is kept where that is
 * more.
 */
export function restore(state: CongestionState, before: CongestionSnapshot): void {
  state.cwnd = Math.max(state.cwnd, before.cwnd);
  state.ssthresh = Math.max(state.ssthresh, before.ssthresh);
  // The algorithm may have been changed meanwhile: another's numbers mean nothing to it.
  if (before.name === state.name) state.own = { ...before.own };
}

/**
 * Slow start by octets, not by acknowledgments (RFC 3465): a peer may acknowledge many segments at
 * once, or split them. Returns the octets that are left over above ssthresh.
 */
export function slowStart(state: CongestionState, octets: number): number {
  if (state.cwnd >= state.ssthresh) return octets;
  const grow = Math.min(octets, state.ssthresh - state.cwnd);
  state.cwnd += grow;
  return octets - grow;
}

/** What congestion control may look at; `sample`: where an acknowledgment is the event. */
export function congestionEvent(tcb: Tcb, nowMs: number, sample?: AckSample): CongestionEvent {
  const flight = sample?.priorFlightOctets ?? seqDiff(tcb.sndNxt, tcb.sndUna);
  return {
    nowMs,
    mss: tcb.sndMss,
    // Where many acknowledgments come at once, those before this one have taken off what nothing
    // could replace yet.
    flightOctets: Math.max(flight, tcb.windowUse.mostOctets),
    inFlightOctets: inFlightOctets(tcb),
    srttMs: tcb.rto.srttMs,
    minRttMs: tcb.rto.minRttMs,
    rttMs: sample?.rttMs ?? -1,
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
  };
}
