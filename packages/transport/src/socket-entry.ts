/**
 * A socket as transport tells of it at its boundaries: to the application that owns it (`info`),
 * and to whoever asks by control. Units: proto/strata/v1/control.proto.
 */
import type { SocketAddress, SocketId } from './tcp/state/socket.ts';
import type { TcpState } from './tcp/state/tcb.ts';

/** The states of RFC 9293 3.3.2, and a UDP port's. */
export type SocketState = TcpState | 'UNCONNECTED';

/** What `ss -ti` shows. Sequence variables as in RFC 9293 3.3.1, octets and milliseconds. */
export interface TcpFigures {
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly sndWnd: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  readonly srttMs: number;
  readonly rttvarMs: number;
  readonly rtoMs: number;
  readonly cwndOctets: number;
  readonly ssthreshOctets: number;
  readonly mss: number;
  readonly sendWindowScale: number;
  readonly receiveWindowScale: number;
  readonly windowScaling: boolean;
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly ecn: boolean;
  readonly congestionControl: string;
  readonly congestionState: string;
  readonly acknowledgedOctets: number;
  readonly inFlightOctets: number;
  readonly sendableOctets: number;
  readonly unsendableOctets: number;
  readonly receivedOctets: number;
  readonly segmentsIn: number;
  readonly segmentsOut: number;
  readonly retransmittedSegments: number;
  readonly retries: number;
  /** The timer that fires next; empty: none. */
  readonly timer: string;
  readonly timerMs: number;
  /** Initial sequence numbers. */
  readonly iss: number;
  readonly irs: number;
  /** Largest amount of data seen in a segment of the peer's, and what was announced to it. */
  readonly receiveMss: number;
  readonly advertisedMss: number;
  readonly pathMtu: number;
  /** 0: not known, here and below. */
  readonly minRttMs: number;
  /** How long an acknowledgment may wait. */
  readonly atoMs: number;
  readonly ecnSeen: boolean;
  /** The largest window that is announced as things stand, and what may wait to be sent. */
  readonly receiveBufferOctets: number;
  readonly sendBufferOctets: number;
  /** With what was sent again, and that alone. */
  readonly sentOctets: number;
  readonly retransmittedOctets: number;
  readonly dataSegmentsIn: number;
  readonly dataSegmentsOut: number;
  /** Not acknowledged; of these: sent again and in flight, deemed lost, SACKed. */
  readonly unackedSegments: number;
  readonly resentSegments: number;
  readonly lostSegments: number;
  readonly sackedSegments: number;
  /** Known to have arrived; of these: by acknowledgments with ECE. */
  readonly deliveredSegments: number;
  readonly deliveredCeSegments: number;
  /** By which one may be late before it counts as lost, and how often that was seen. */
  readonly reorderingSegments: number;
  readonly reorderingSeen: number;
  readonly duplicateAcks: number;
  readonly duplicateSacks: number;
  readonly outOfOrder: number;
  readonly ageMs: number;
  /** Since data was sent, data came, an acknowledgment came. */
  readonly sinceSentMs: number;
  readonly sinceReceivedMs: number;
  readonly sinceAckMs: number;
  /** Octets a second; 0: no bound, or not known. */
  readonly pacingRate: number;
  readonly maxPacingRate: number;
  readonly deliveryRate: number;
  /** The delivery rate is a lower bound. */
  readonly appLimited: boolean;
  /**
   * With something to send or in flight; of this: the peer's window, or our send buffer, was the
   * limit.
   */
  readonly busyMs: number;
  readonly receiveWindowLimitedMs: number;
  readonly sendBufferLimitedMs: number;
  /** As the receiver sees it, and what the application took in one. */
  readonly receiverRttMs: number;
  readonly receiveSpaceOctets: number;
}

/** A timer that runs. */
export interface SocketTimer {
  /** `retransmission`, `persist`, `delayed ack`, `keepalive`, `time-wait`, … */
  readonly name: string;
  readonly ms: number;
}

/** A socket as other programs are told of it. */
export interface SocketEntry {
  /** 0: none, as in {@link SocketInfo}. */
  readonly socket: SocketId;
  /** 6 TCP, 17 UDP. */
  readonly protocol: number;
  readonly state: SocketState;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Octets not taken by the application; of a listener: connections that wait. */
  readonly receiveQueue: number;
  /** Octets not acknowledged by the peer; of a listener: the backlog. */
  readonly sendQueue: number;
  readonly endpoint: string;
  /** Of a TCP connection. */
  readonly tcp: TcpFigures | undefined;
  /** Of a TCP connection, TIME-WAIT included: those that run, the next one first. */
  readonly timers: readonly SocketTimer[];
}
