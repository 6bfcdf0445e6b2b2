import { sendBufferLimit } from './tcp/arrive/hand-up.ts';
import { receiveSpace } from './tcp/arrive/receive-buffer.ts';
import { receiveWindow } from './tcp/arrive/receive-window.ts';
import { inFlightOctets } from './tcp/recover/in-flight.ts';
import { announcedMss } from './tcp/send/emit.ts';
import { DELAYED_ACK_MS } from './tcp/send/output.ts';
import { pacingRate } from './tcp/send/pacing.ts';
import { deliveryRate } from './tcp/send/rate.ts';
import { sendLimitsUntil } from './tcp/send/send-limits.ts';
import { seqDiff } from './tcp/state/sequence.ts';
import { type CaState, endOfSendSequence, type Tcb } from './tcp/state/tcb.ts';
import type { TcbDeadlines } from './tcp/state/timers.ts';
import type { TcpContext } from './tcp/tcp-context.ts';
import { backedOffRto } from './tcp/timers/rto.ts';

/** A running timer. */
export interface TimerInfo {
  readonly name: TimerName;
  /** Milliseconds until it expires. */
  readonly ms: number;
}

/**
 * The state of a connection, like Linux's `tcp_info`. Sizes in octets. Times in milliseconds; the
 * time of an event is given as the time since then.
 */
export interface TcpInfo {
  /** Sequence variables (RFC 9293 3.3.1). */
  readonly iss: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly irs: number;
  readonly rcvNxt: number;
  readonly congestionControl: string;
  readonly mssOctets: number;
  /** Largest data size seen in the peer's segments; at least 536, if both sides allow that much. */
  readonly receiveMssOctets: number;
  /** The MSS of our SYN, less the timestamps that each segment carries. */
  readonly advertisedMssOctets: number;
  readonly pathMtuOctets: number;
  readonly rtoMs: number;
  /** -1 before the first measurement. */
  readonly srttMs: number;
  readonly rttvarMs: number;
  /** Minimum within `tcp_min_rtt_wlen`; -1 before the first measurement. */
  readonly minRttMs: number;
  /** Longest delay of an acknowledgment. */
  readonly atoMs: number;
  readonly cwndOctets: number;
  /** -1 before the first loss. */
  readonly ssthreshOctets: number;
  readonly caState: CaState;
  readonly windowScaling: boolean;
  readonly sendWindowShift: number;
  readonly receiveWindowShift: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  readonly ecn: boolean;
  /** A data segment of the peer arrived as ECT or CE. */
  readonly ecnSeen: boolean;
  /**
   * The stream's octets in four parts: acknowledged; sent and not acknowledged; allowed to be sent;
   * not yet allowed.
   */
  readonly acknowledgedOctets: number;
  readonly inFlightOctets: number;
  readonly sendableOctets: number;
  readonly notSendableOctets: number;
  /** Octets still in the network, as far as known (RFC 6675's pipe): cwnd limits them. */
  readonly pipeOctets: number;
  readonly sendWindowOctets: number;
  readonly receiveWindowOctets: number;
  /**
   * The largest window that can be announced now, and the largest amount that the application may
   * have in the send buffer.
   */
  readonly receiveBufferOctets: number;
  readonly sendBufferOctets: number;
  readonly receivedOctets: number;
  /** Octets sent, with retransmissions; and octets of retransmissions alone. */
  readonly sentOctets: number;
  readonly retransmittedOctets: number;
  readonly segmentsIn: number;
  readonly segmentsOut: number;
  readonly dataSegmentsIn: number;
  readonly dataSegmentsOut: number;
  readonly retransmissions: number;
  /**
   * Segments sent and not acknowledged; of these: retransmissions in flight, marked lost, SACKed.
   */
  readonly unackedSegments: number;
  readonly resentSegments: number;
  readonly lostSegments: number;
  readonly sackedSegments: number;
  /** Segments delivered; of these: by acknowledgments with ECE. */
  readonly deliveredSegments: number;
  readonly deliveredCeSegments: number;
  /**
   * A segment counts as lost after this many later ones arrived; and how often reordering was seen.
   */
  readonly reorderingSegments: number;
  readonly reorderingSeen: number;
  /** Consecutive retransmissions of the oldest segment. */
  readonly retries: number;
  readonly duplicateAcks: number;
  /** Duplicates that the peer reported (D-SACK, RFC 2883). */
  readonly duplicateSacks: number;
  readonly outOfOrder: number;
  readonly ageMs: number;
  /** Time since data was sent, since data arrived, and since an acknowledgment arrived. */
  readonly sinceSentMs: number;
  readonly sinceReceivedMs: number;
  readonly sinceAckMs: number;
  /** Octets per second. -1: no limit, or not known. */
  readonly pacingRate: number;
  readonly maxPacingRate: number;
  readonly deliveryRate: number;
  readonly isAppLimited: boolean;
  /**
   * Time with data to send or in flight; of this: limited by the peer's window, and by the send
   * buffer.
   */
  readonly busyMs: number;
  readonly receiveWindowLimitedMs: number;
  readonly sendBufferLimitedMs: number;
  /** Round-trip time measured by the receiver; -1: not known. */
  readonly receiverRttMs: number;
  /** Octets that the application takes in a round trip; at first an initial window. */
  readonly receiveSpaceOctets: number;
  /** The timer that expires next; empty: none. */
  readonly timer: TimerName | '';
  /** Milliseconds until it expires; -1: none runs. */
  readonly timerMs: number;
  /** All running timers, the next to expire first. */
  readonly timers: readonly TimerInfo[];
}

/** Octets of the timestamps option, with padding. */
const TIMESTAMPS_OCTETS = 12;

/** Names of the timers, for people. */
const TIMER_NAMES = {
  retransmit: 'retransmission',
  persist: 'persist',
  lossProbe: 'loss probe',
  reorder: 'reordering',
  delayedAck: 'delayed ack',
  keepalive: 'keepalive',
  cork: 'cork',
  pacing: 'pacing',
} as const satisfies Record<keyof TcbDeadlines, string>;

export type TimerName = (typeof TIMER_NAMES)[keyof typeof TIMER_NAMES];

/**
 * One object literal, so that the engine gives it a fixed shape. Built by spread it would become a
 * hash table, which costs tens of microseconds.
 */
export function tcpInfo(context: TcpContext, tcb: Tcb, nowMs: number): TcpInfo {
  const { congestion, rto, statistics, rate } = tcb;
  const timers = timersOf(tcb, nowMs);
  const window = windowOf(tcb);
  const segments = segmentsOf(tcb);
  const limits = sendLimitsUntil(tcb.limits, nowMs);
  const advertised = advertisedMss(context, tcb);
  return {
    iss: tcb.iss,
    sndUna: tcb.sndUna,
    sndNxt: tcb.sndNxt,
    irs: tcb.irs,
    rcvNxt: tcb.rcvNxt,
    congestionControl: congestion.name,
    mssOctets: tcb.sndMss,
    receiveMssOctets: tcb.rcvMss,
    advertisedMssOctets: advertised,
    pathMtuOctets: tcb.pathMtuOctets,
    rtoMs: backedOffRto(rto, context.sysctl.tcp_rto_max_ms),
    srttMs: rto.srttMs,
    rttvarMs: rto.rttvarMs,
    minRttMs: finiteOr(rto.minRttMs),
    atoMs: DELAYED_ACK_MS,
    cwndOctets: congestion.cwnd,
    ssthreshOctets: finiteOr(congestion.ssthresh),
    caState: tcb.caState,
    windowScaling: tcb.windowScalingOn,
    sendWindowShift: tcb.sndWndShift,
    receiveWindowShift: tcb.rcvWndShift,
    sack: tcb.sackOn,
    timestamps: tcb.timestampsOn,
    ecn: tcb.ecn.on,
    ecnSeen: tcb.ecn.seen,
    retries: rto.backoff,
    acknowledgedOctets: statistics.octetsAcknowledged,
    inFlightOctets: window.inFlight,
    sendableOctets: window.sendable,
    notSendableOctets: window.unsent - window.sendable,
    pipeOctets: window.pipe,
    sendWindowOctets: tcb.sndWnd,
    receiveWindowOctets: receiveWindow(tcb),
    receiveBufferOctets: tcb.rcvBufferOctets,
    sendBufferOctets: sendBufferLimit(context, tcb),
    receivedOctets: statistics.octetsReceived,
    sentOctets: statistics.octetsSent,
    retransmittedOctets: statistics.octetsRetransmitted,
    segmentsIn: statistics.segmentsIn,
    segmentsOut: statistics.segmentsOut,
    dataSegmentsIn: statistics.dataSegmentsIn,
    dataSegmentsOut: statistics.dataSegmentsOut,
    retransmissions: statistics.retransmissions,
    unackedSegments: segments.unacked,
    resentSegments: segments.resent,
    lostSegments: segments.lost,
    sackedSegments: segments.sacked,
    deliveredSegments: rate.deliveredSegments,
    deliveredCeSegments: tcb.ecn.deliveredCe,
    reorderingSegments: tcb.reordering.segments,
    reorderingSeen: tcb.reordering.seen,
    duplicateAcks: statistics.duplicateAcks,
    duplicateSacks: statistics.duplicateSacks,
    outOfOrder: statistics.outOfOrder,
    ageMs: nowMs - tcb.createdMs,
    sinceSentMs: nowMs - tcb.lastSentMs,
    sinceReceivedMs: nowMs - statistics.lastDataMs,
    sinceAckMs: nowMs - statistics.lastAckMs,
    busyMs: limits.busyMs,
    receiveWindowLimitedMs: limits.receiveWindowMs,
    sendBufferLimitedMs: limits.sendBufferMs,
    receiverRttMs: tcb.autotune.rttMs > 0 ? tcb.autotune.rttMs : -1,
    receiveSpaceOctets: receiveSpace(tcb, advertised),
    pacingRate: finiteOr(pacingRate(context.sysctl, tcb)),
    maxPacingRate: tcb.options.maxPacingRateOctetsPerSecond ?? -1,
    deliveryRate: deliveryRate(rate),
    isAppLimited: rate.isSampleAppLimited,
    timer: timers[0]?.name ?? '',
    timerMs: timers[0]?.ms ?? -1,
    timers,
  };
}

/** The announced MSS (tcpi_advmss), less the timestamps that each segment carries. */
function advertisedMss(context: TcpContext, tcb: Tcb): number {
  return announcedMss(context, tcb.local, tcb.options) - (tcb.timestampsOn ? TIMESTAMPS_OCTETS : 0);
}

function windowOf(tcb: Tcb) {
  const inFlight = seqDiff(tcb.sndNxt, tcb.sndUna);
  const pipe = inFlightOctets(tcb);
  const unsent = Math.max(0, seqDiff(endOfSendSequence(tcb), tcb.sndNxt));
  // cwnd may have a fraction.
  const room = Math.floor(Math.min(tcb.sndWnd - inFlight, tcb.congestion.cwnd - pipe));
  return { inFlight, pipe, unsent, sendable: Math.min(unsent, Math.max(0, room)) };
}

function segmentsOf({ retransmission, sndMss }: Tcb) {
  const counts = { unacked: 0, resent: 0, lost: 0, sacked: 0 };
  for (let i = retransmission.head; i < retransmission.ranges.length; i += 1) {
    const range = retransmission.ranges[i]!;
    const segments = Math.ceil(seqDiff(range.endSequence, range.sequence) / sndMss);
    counts.unacked += segments;
    if (range.resent) counts.resent += segments;
    if (range.lost) counts.lost += segments;
    if (range.sacked) counts.sacked += segments;
  }
  return counts;
}

function timersOf({ deadlines }: Tcb, nowMs: number): TimerInfo[] {
  const timers: TimerInfo[] = [];
  for (const key of Object.keys(TIMER_NAMES) as (keyof TcbDeadlines)[]) {
    const atMs = deadlines[key];
    if (atMs === Infinity) continue;
    timers.push({ name: TIMER_NAMES[key], ms: Math.max(0, atMs - nowMs) });
  }
  return timers.sort((a, b) => a.ms - b.ms);
}

/** People see -1 for a value that is unknown or unlimited. */
function finiteOr(value: number): number {
  return value === Infinity ? -1 : value;
}
