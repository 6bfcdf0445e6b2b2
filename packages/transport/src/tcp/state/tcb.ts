import type { EcnState, MtuProbe, PathMtu } from './path.ts';
import type { ReceiveAutotune, ReceiveQueue } from './receive.ts';
import type {
  CongestionState,
  FRto,
  LossProbe,
  Prr,
  Rack,
  Reordering,
  Rescue,
  Undo,
  WindowUse,
} from './recovery.ts';
import type {
  Cork,
  Pacing,
  RateState,
  RetransmissionQueue,
  SendBuffer,
  SendLimits,
  Urgent,
} from './send.ts';
import type { CloseReason, SocketAddress, SocketId, TcpSocketOptions } from './socket.ts';
import type { TcbStatistics } from './statistics.ts';
import type { Keepalive, RtoState, TcbDeadlines, UserTimeout } from './timers.ts';

/** The states of RFC 9293 3.3.2. */
export type TcpState =
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT'
  | 'CLOSED';

/** What is owed to the peer: nothing, an acknowledgment soon, or one now (RFC 9293 3.8.6.3). */
export type AckOwed = 'none' | 'delayed' | 'now';

/**
 * Whether loss is being repaired, as Linux names it: not at all; something was SACKed or sent
 * again, nothing is deemed lost; the window is being reduced without a loss; by fast recovery;
 * after a timeout.
 */
export type CaState = 'open' | 'disorder' | 'cwr' | 'recovery' | 'loss';

/**
 * The transmission control block (RFC 9293 3.3.1): all that TCP knows of one connection, as plain
 * data that can be taken out and put back. Sequence numbers are unsigned 32-bit.
 */
export interface Tcb {
  readonly version: 1;
  /** Tells it from what else stands in the table of connections. */
  readonly kind: 'connection';
  readonly socket: SocketId;
  endpoint: string;
  /** The listener's socket for a passive open; 0 otherwise. */
  readonly listener: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  state: TcpState;
  options: TcpSocketOptions;

  /** Send sequence variables. */
  readonly iss: number;
  sndUna: number;
  sndNxt: number;
  /** Octets, scaled. */
  sndWnd: number;
  sndWl1: number;
  sndWl2: number;
  /**
   * The largest window that the peer has offered: half of it is worth a segment (RFC 9293
   * 3.8.6.2.1).
   */
  maxSndWnd: number;
  sndWndShift: number;
  /**
   * Behind the last segment that was smaller than the MSS (Minshall's form of Nagle's algorithm).
   */
  sndSml: number;
  /**
   * Octets of data in a segment: the peer's MSS and the path's MTU, less the options of each
   * segment.
   */
  sndMss: number;
  /** What the peer announced, octets; 536 where it did not (RFC 9293 3.7.1, MUST-15). */
  peerMss: number;
  pathMtuOctets: number;
  pathMtu: PathMtu;
  mtuProbe: MtuProbe;

  /** Receive sequence variables. */
  irs: number;
  rcvNxt: number;
  /** Right edge of the window that was last announced: RCV.NXT + RCV.WND. */
  rcvAdv: number;
  rcvWndShift: number;
  /** Octets of data that may wait for the application, which is the largest window. */
  rcvBufferOctets: number;
  /** Largest amount of data seen in a segment: what the peer's MSS looks like from here. */
  rcvMss: number;

  /** Options offered by our SYN, then: agreed in the handshake. */
  windowScalingOn: boolean;
  sackOn: boolean;
  timestampsOn: boolean;
  timestampOffset: number;
  /** TS.Recent and when it was taken (RFC 7323 4.3). */
  tsRecent: number;
  tsRecentAtMs: number;
  /** Last.ACK.sent. */
  lastAckSent: number;

  send: SendBuffer;
  /** Sequence number of the octet at `send.startOffset`. */
  sendStartSequence: number;
  cork: Cork;
  urgent: Urgent;
  /** The application sends no more: FIN goes behind the data. */
  finQueued: boolean;
  finSent: boolean;
  retransmission: RetransmissionQueue;
  receive: ReceiveQueue;
  /** Where the peer's FIN stands, when it came beyond a hole. */
  pendingFinSequence: number | undefined;
  /** The peer's FIN is in order. */
  finReceived: boolean;
  /** Offset behind the last octet handed to the application. */
  deliveredOctets: number;
  /** Offset up to which the application takes data. */
  creditOctets: number;
  /** Offset up to which the application may send. */
  sendCreditOctets: number;

  /** Application's relation to the connection. */
  accepted: boolean;
  endIndicated: boolean;
  /** The application has closed: it takes no more data and hears no more. */
  orphaned: boolean;
  closeIndicated: boolean;
  /**
   * An ICMP error that did not end the connection: the reason given where it times out (RFC 1122
   * 4.2.3.9).
   */
  softError: CloseReason | undefined;

  ackOwed: AckOwed;
  /** Octets received and not acknowledged. */
  unacknowledgedOctets: number;
  /**
   * Acknowledgments that are sent at once: the first segments of a connection (as Linux's quick
   * ACKs).
   */
  quickAcks: number;
  /** A duplicate to report in the next acknowledgment (RFC 2883); undefined: none. */
  duplicateSack: { left: number; right: number } | undefined;
  lastInvalidAckMs: number;

  rto: RtoState;
  deadlines: TcbDeadlines;
  /** When the oldest data that is unacknowledged was first sent again; -1: it was not. */
  firstTimeoutAtMs: number;
  lastSentMs: number;
  lastReceivedMs: number;
  /** Probes sent since the window was shut. */
  probes: number;
  keepalive: Keepalive;
  userTimeout: UserTimeout;

  ecn: EcnState;
  congestion: CongestionState;
  caState: CaState;
  /** SND.NXT when loss was found (RFC 6582 3.2 calls it recover). */
  recover: number;
  duplicateAcks: number;
  /** Octets that duplicate ACKs say have left, where the peer gives no SACK. */
  renoSackedOctets: number;
  windowUse: WindowUse;
  reordering: Reordering;
  rack: Rack;
  lossProbe: LossProbe;
  prr: Prr;
  undo: Undo;
  frto: FRto;
  rescue: Rescue;

  autotune: ReceiveAutotune;
  pacing: Pacing;
  limits: SendLimits;
  rate: RateState;

  readonly createdMs: number;
  statistics: TcbStatistics;
}

/** Whether the handshake is done: both sides' sequence numbers are known and acknowledged. */
export function isSynchronized(state: TcpState): boolean {
  return (
    state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED' && state !== 'CLOSED'
  );
}

/** Whether data from the peer is taken in this state (RFC 9293 3.10.7.4, seventh step). */
export function mayReceive(state: TcpState): boolean {
  return state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}

/** The stream offset of a sequence number in the send buffer. */
export function sendOffsetOf(tcb: Tcb, sequence: number): number {
  return tcb.send.startOffset + ((sequence - tcb.sendStartSequence) | 0);
}

/** The sequence number behind the last octet that the application wrote: where FIN goes. */
export function endOfSendSequence(tcb: Tcb): number {
  return (tcb.sendStartSequence + (tcb.send.endOffset - tcb.send.startOffset)) >>> 0;
}

/** Whether all that is in flight is the octet (or FIN) that probes the shut window. */
export function isOnlyProbeInFlight(tcb: Tcb): boolean {
  return tcb.sndWnd === 0 && tcb.probes > 0 && ((tcb.sndNxt - tcb.sndUna) | 0) === 1;
}

/**
 * SEG.SEQ of a segment without data: SND.NXT, but in front of a probe. The peer has most likely
 * dropped the probe, and with its window shut takes nothing but SEG.SEQ = RCV.NXT (RFC 9293
 * 3.10.7.4). So it is where the peer has taken back a part of its window that is in use: there
 * SEG.SEQ is its edge, as in Linux; but for what the window field's scale has cut off.
 */
export function bareSequence(tcb: Tcb): number {
  if (isOnlyProbeInFlight(tcb)) return tcb.sndUna;
  if (tcb.sndUna === tcb.iss) return tcb.sndNxt;
  const edge = (tcb.sndUna + tcb.sndWnd) >>> 0;
  const beyond = (tcb.sndNxt - edge) | 0;
  return beyond < 2 ** tcb.sndWndShift ? tcb.sndNxt : edge;
}
