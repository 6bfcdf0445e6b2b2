import type { SocketAddress, SocketId, TcpSocketOptions } from './socket.ts';

/**
 * The sockets that listen on one address and port. New connections go to them in turn. Plain data.
 */
export interface Listener {
  readonly state: 'LISTEN';
  readonly local: SocketAddress;
  /** Whether more sockets may listen here (SO_REUSEPORT). */
  readonly reusePort: boolean;
  members: ListenerMember[];
  next: number;
  /** When a SYN cookie was last sent; -Infinity: never. */
  cookieSentMs: number;
}

/** One listening socket of one application. */
export interface ListenerMember {
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly backlog: number;
  options: TcpSocketOptions;
  /** Connections in SYN-RECEIVED: the SYN queue. */
  requests: number;
  /** Requests whose SYN,ACK was sent only once. */
  young: number;
  /** ESTABLISHED connections that wait for `accept`: the accept queue. */
  waiting: number;
}
