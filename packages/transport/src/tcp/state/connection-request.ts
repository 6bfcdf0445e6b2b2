import type { TcpOptions } from '@strata/wire';
import type { SocketAddress, SocketId } from './socket.ts';

/**
 * A connection in SYN-RECEIVED of a listener: as little as its handshake needs. It becomes a TCB
 * when the peer's ACK comes, so that those who never answer cost next to nothing. Plain data.
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
  /** Right edge of the window that SYN,ACK announces. */
  readonly rcvAdv: number;
  /** What SYN,ACK has offered holds, whatever becomes of the listener's options meanwhile. */
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
  /** When SYN,ACK was sent last, and how often; -1 and 1 where a cookie was its only trace. */
  sentAtMs: number;
  transmissions: number;
  /** How often its timer has run out. */
  timeouts: number;
  lastInvalidAckMs: number;
  /** When SYN,ACK is sent again. */
  deadlineMs: number;
}

/** What is kept of the peer's SYN. */
export interface PeerSyn {
  readonly segSeq: number;
  readonly segAck: number;
  /** Never scaled (RFC 7323 2.2). */
  readonly segWnd: number;
  readonly options: TcpOptions;
  /** Explicit congestion notification is agreed (RFC 3168 6.1.1). */
  readonly ecn: boolean;
}
