import type { SocketAddress, SocketId, TcpSocketOptions } from './socket.ts';

/**
 * Who listens on one address and port; where several do, connections go round among them. Plain
 * data.
 */
export interface Listener {
  readonly state: 'LISTEN';
  readonly local: SocketAddress;
  /** Whether more may listen there (SO_REUSEPORT). */
  readonly reusePort: boolean;
  members: ListenerMember[];
  next: number;
  /**
   * When a cookie was sent last in the place of a connection that found no room; -Infinity: never.
   */
  cookieSentMs: number;
}

/** One application instance that listens. */
export interface ListenerMember {
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly backlog: number;
  options: TcpSocketOptions;
  /** Connections in SYN-RECEIVED: the SYN queue. */
  requests: number;
  /** Those of them whose SYN,ACK was sent once so far. */
  young: number;
  /** Connections that are ESTABLISHED and wait for `accept`. */
  waiting: number;
}
