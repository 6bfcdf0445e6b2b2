import { type IpAddress, UNSPECIFIED_IPV4 } from '@strata/wire';

/**
 * Names a socket (a listener, a connection, or a UDP port) for its whole life, 1 to 2^53 - 1, unique in the stack. Its low
 * six bits are the shard that it lives in. Whoever makes the socket chooses it: the application for
 * `connect`, `listen` and `bind`; transport for a connection that it offers.
 */
export type SocketId = number;

/** An address and a port. Address 0.0.0.0: any or chosen by the stack. Port 0: chosen by the stack. */
export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** In the place of an address and a port where there is neither. */
export const NO_ADDRESS: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };

/** Options of a TCP socket; an absent field leaves the default or the value it has. */
export interface TcpSocketOptions {
  /** Send small segments at once (TCP_NODELAY). Default false: Nagle's algorithm (RFC 9293 3.7.4). */
  readonly noDelay?: boolean | undefined;
  /** Octets of the send buffer (SO_SNDBUF), 4,096 to 64 Mi. Default `tcp_wmem[1]`. */
  readonly sendBufferOctets?: number | undefined;
  /** Octets of the receive buffer (SO_RCVBUF), 2,304 to 64 Mi. Default `tcp_rmem[1]`. */
  readonly receiveBufferOctets?: number | undefined;
  /** Name of the congestion control (TCP_CONGESTION). Default `tcp_congestion_control`. */
  readonly congestionControl?: string | undefined;
  /** Largest segment to announce and send (TCP_MAXSEG), 88 to 65,495 octets. */
  readonly maximumSegmentSizeOctets?: number | undefined;
  /** The TOS octet of what it sends, without ECN bits. Default 0. */
  readonly tos?: number | undefined;
  /** Time to live, 1 to 255. Default `ip_default_ttl`. */
  readonly ttl?: number | undefined;
  /** Whether keepalives are sent (SO_KEEPALIVE). Default false (RFC 9293 3.8.4, MUST-25). */
  readonly keepAlive?: boolean | undefined;
  /** Idle time before the first keepalive (TCP_KEEPIDLE), milliseconds. Default `tcp_keepalive_time`. */
  readonly keepAliveIdleMs?: number | undefined;
  /** Time between two keepalives (TCP_KEEPINTVL), milliseconds. Default `tcp_keepalive_intvl`. */
  readonly keepAliveIntervalMs?: number | undefined;
  /** Unanswered keepalives after which the connection is given up (TCP_KEEPCNT), 1 to 127. Default `tcp_keepalive_probes`. */
  readonly keepAliveProbes?: number | undefined;
  /** Segments smaller than the MSS wait, up to 200 ms, until it is taken off (TCP_CORK). Default false. */
  readonly cork?: boolean | undefined;
  /** The urgent octet stays in the stream (SO_OOBINLINE). Default false: it is handed up beside it, by `urgent`. */
  readonly urgentInline?: boolean | undefined;
  /** How long sent data may stay unacknowledged (TCP_USER_TIMEOUT, RFC 9293 3.9.1), milliseconds; 0, the default: `tcp_retries2` says. */
  readonly userTimeoutMs?: number | undefined;
  /**
   * The user timeout is told to the peer, and the peer's is taken where the application sets none (RFC 5482). Default false. Counts for
   * what is sent from then on.
   */
  readonly userTimeoutOption?: boolean | undefined;
  /** Octets of data that it sends in a second at most (SO_MAX_PACING_RATE), 1 to 2^53 - 1; it is paced then. Default: no bound. */
  readonly maxPacingRateOctetsPerSecond?: number | undefined;
  /** Times that SYN is sent again (TCP_SYNCNT), 1 to 127. Default `tcp_syn_retries`. */
  readonly synRetries?: number | undefined;
  /**
   * It may be bound to a port that earlier connections still have, mostly in TIME-WAIT, where those had it too (SO_REUSEADDR). A connect
   * from such a port takes the place of the very connection in TIME-WAIT where timestamps keep them apart (RFC 6191). Default false. Counts
   * at `listen` and `connect`; connections of a listener have it of that.
   */
  readonly reuseAddress?: boolean | undefined;
}

/** Why a socket is closed. `finished`: both sides sent FIN and all was acknowledged. */
export type CloseReason =
  | 'finished'
  | 'aborted'
  | 'reset'
  | 'refused'
  | 'timed out'
  | 'host unreachable'
  | 'network unreachable'
  | 'address in use'
  | 'address not available'
  | 'no ports'
  | 'no buffers'
  | 'invalid'
  | 'access denied'
  | 'overflow'
  | 'shut down';
