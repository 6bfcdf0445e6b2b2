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

/**
 * The acknowledgment owed to the peer: none, one after the delay, or one now (RFC 9293 3.8.6.3).
 */
export type AckOwed = 'none' | 'delayed' | 'now';

/**
 * The recovery state, as Linux's tcp_ca_state names it. `open`: no loss. `disorder`: data was
 * SACKed or retransmitted, and nothing is marked lost. `cwr`: the window is being reduced without a
 * loss. `recovery`: fast recovery. `loss`: after a timeout.
 */
export type CaState = 'open' | 'disorder' | 'cwr' | 'recovery' | 'loss';

/**
 * The transmission control block (RFC 9293 3.3.1): all that TCP knows of one connection, as plain
 * data that can be exported and imported. Sequence numbers are unsigned 32-bit.
 */
export interface Tcb {
  readonly version: 1;
  /** Tells a TCB from the other entries of the connection table. */
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
   * The largest window that the peer has offered: half of it is enough to send a segment (RFC 9293
   * 3.8.6.2.1).
   */
  maxSndWnd: number;
  sndWndShift: number;
  /**
   * The sequence number after the last segment smaller than the MSS (Minshall's variant of Nagle's
   * algorithm).
   */
  sndSml: number;
  /**
   * Octets of data in a full segment: from the peer's MSS and the path MTU, less the options that
   * each segment carries.
   */
  sndMss: number;
  /** MSS that the peer announced, octets; 536 if it announced none (RFC 9293 3.7.1, MUST-15). */
  peerMss: number;
  pathMtuOctets: number;
  pathMtu: PathMtu;
  mtuProbe: MtuProbe;

  /** Receive sequence variables. */
  irs: number;
  rcvNxt: number;
  /** Right edge of the last announced window: RCV.NXT + RCV.WND. */
  rcvAdv: number;
  rcvWndShift: number;
  /** Octets of data that may wait for the application. The largest window. */
  rcvBufferOctets: number;
  /** Largest data size seen in a segment: the receiver's estimate of the peer's MSS. */
  rcvMss: number;

  /** In the handshake: options that our SYN offered. Later: options that both sides agreed on. */
  windowScalingOn: boolean;
  sackOn: boolean;
  timestampsOn: boolean;
  timestampOffset: number;
  /** TS.Recent and when it was updated (RFC 7323 4.3). */
  tsRecent: number;
  tsRecentAtMs: number;
  /** Last.ACK.sent (RFC 7323 4.3). */
  lastAckSent: number;

  send: SendBuffer;
  /** Sequence number of the octet at `send.startOffset`. */
  sendStartSequence: number;
  cork: Cork;
  urgent: Urgent;
  /** The application sends no more: a FIN follows the data. */
  finQueued: boolean;
  finSent: boolean;
  retransmission: RetransmissionQueue;
  receive: ReceiveQueue;
  /** Sequence number of the peer's FIN, if the FIN arrived out of order. */
  pendingFinSequence: number | undefined;
  /** The peer's FIN was received in order. */
  finReceived: boolean;
  /** Stream offset after the last octet given to the application. */
  deliveredOctets: number;
  /** Stream offset up to which the application takes data. */
  creditOctets: number;
  /** Stream offset up to which the application may write. */
  sendCreditOctets: number;

  /** The application's view of the connection. */
  accepted: boolean;
  endIndicated: boolean;
  /** The application has closed the socket: it takes no more data and gets no more indications. */
  orphaned: boolean;
  closeIndicated: boolean;
  /**
   * An ICMP error that did not end the connection. It becomes the close reason if the connection
   * times out (RFC 1122 4.2.3.9).
   */
  softError: CloseReason | undefined;

  ackOwed: AckOwed;
  /** Octets received and not acknowledged. */
  unacknowledgedOctets: number;
  /**
   * Acknowledgments left to send without delay, for the first segments of a connection (Linux's
   * icsk_ack.quick).
   */
  quickAcks: number;
  /** A duplicate that the next acknowledgment reports (D-SACK, RFC 2883); undefined: none. */
  duplicateSack: { left: number; right: number } | undefined;
  lastInvalidAckMs: number;

  rto: RtoState;
  deadlines: TcbDeadlines;
  /**
   * When the oldest unacknowledged data was first retransmitted after a timeout; -1: it was not.
   */
  firstTimeoutAtMs: number;
  lastSentMs: number;
  lastReceivedMs: number;
  /** Probes sent since the peer's window closed. */
  probes: number;
  keepalive: Keepalive;
  userTimeout: UserTimeout;

  ecn: EcnState;
  congestion: CongestionState;
  caState: CaState;
  /** SND.NXT when the loss was found (recover, RFC 6582 3.2). */
  recover: number;
  duplicateAcks: number;
  /** Octets that left the network by the count of duplicate ACKs, where the peer sends no SACK. */
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

/**
 * Whether the state is synchronized: each side knows the other's sequence numbers (RFC 9293 3.5).
 */
export function isSynchronized(state: TcpState): boolean {
  return (
    state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED' && state !== 'CLOSED'
  );
}

/** Whether data from the peer is accepted in this state (RFC 9293 3.10.7.4, seventh step). */
export function mayReceive(state: TcpState): boolean {
  return state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}

/** The stream offset of a sequence number in the send buffer. */
export function sendOffsetOf(tcb: Tcb, sequence: number): number {
  return tcb.send.startOffset + ((sequence - tcb.sendStartSequence) | 0);
}

/** The sequence number after the last octet that the application wrote: the FIN's place. */
export function endOfSendSequence(tcb: Tcb): number {
  return (tcb.sendStartSequence + (tcb.send.endOffset - tcb.send.startOffset)) >>> 0;
}

/** Whether the only octet (or FIN) in flight is the zero-window probe. */
export function isOnlyProbeInFlight(tcb: Tcb): boolean {
  return tcb.sndWnd === 0 && tcb.probes > 0 && ((tcb.sndNxt - tcb.sndUna) | 0) === 1;
}

/**
 * SEG.SEQ of a segment without data. It is normally SND.NXT. While a zero-window probe is in flight
 * it is SND.UNA: the peer has most likely dropped the probe, and accepts only SEG.SEQ = RCV.NXT
 * while its window is 0 (RFC 9293 3.10.7.4). Where the peer has shrunk its window below what is in
 * flight, it is the window's right edge, as in Linux's tcp_acceptable_seq(), unless only the
 * rounding by the window scale makes the difference.
 */
export function bareSequence(tcb: Tcb): number {
  if (isOnlyProbeInFlight(tcb)) return tcb.sndUna;
  if (tcb.sndUna === tcb.iss) return tcb.sndNxt;
  const edge = (tcb.sndUna + tcb.sndWnd) >>> 0;
  const beyond = (tcb.sndNxt - edge) | 0;
  return beyond < 2 ** tcb.sndWndShift ? tcb.sndNxt : edge;
}
