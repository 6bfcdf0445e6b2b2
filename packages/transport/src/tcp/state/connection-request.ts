import type { TcpOptions } from '@strata/wire';
import type { SocketAddress, SocketId } from './socket.ts';

/**
 * A connection of a listener in SYN-RECEIVED (Linux's request socket), with only what the handshake
 * needs. The peer's ACK turns it into a TCB, so that peers who never answer cost little memory.
 * Plain data.
 */
export interface ConnectionRequest {
  readonly kind: 'request';
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** The socket that listens. */
  readonly listener: SocketId;
  readonly iss: number;
  /** The peer's SYN, with those of its options that are agreed. */
  readonly syn: PeerSyn;
  readonly rcvNxt: number;
  /** Right edge of the window that the SYN,ACK announces. */
  readonly rcvAdv: number;
  /** Fixed by the SYN,ACK: later changes of the listener's options do not apply. */
  readonly rcvBufferOctets: number;
  readonly rcvWndShift: number;
  readonly timestampsOn: boolean;
  readonly timestampOffset: number;
  tsRecent: number;
  tsRecentAtMs: number;
  readonly lastAckSent: number;
  /** TSval of the first and of the last SYN,ACK. */
  firstTimestamp: number;
  lastTimestamp: number;
  /**
   * When the SYN,ACK was last sent, and how often; -1 and 1 where the request was rebuilt from a
   * SYN cookie.
   */
  sentAtMs: number;
  transmissions: number;
  /** How often its timer has expired. */
  timeouts: number;
  lastInvalidAckMs: number;
  /** When the SYN,ACK is retransmitted. */
  deadlineMs: number;
}

/** The parts of the peer's SYN that are kept. */
export interface PeerSyn {
  readonly segSeq: number;
  readonly segAck: number;
  /** Never scaled (RFC 7323 2.2). */
  readonly segWnd: number;
  readonly options: TcpOptions;
  /** ECN is agreed (RFC 3168 6.1.1). */
  readonly ecn: boolean;
}
