import { type IpAddress, UNSPECIFIED_IPV4 } from '@strata/wire';

/**
 * Names a socket (a listener, a connection, or a UDP port) for its whole life, 1 to 2^53 - 1,
 * unique in the stack. Its low six bits are its shard. The side that makes the socket chooses the
 * number: the application for `connect`, `listen` and `bind`; transport for a connection that it
 * offers.
 */
export type SocketId = number;

/**
 * An address and a port. Address 0.0.0.0: any or chosen by the stack. Port 0: chosen by the stack.
 */
export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** In the place of an address and a port where there is neither. */
export const NO_ADDRESS: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };

/** Options of a TCP socket. An absent field keeps its value, at first the default. */
export interface TcpSocketOptions {
  /**
   * Send small segments at once (TCP_NODELAY). Default false: Nagle's algorithm (RFC 9293 3.7.4).
   */
  readonly noDelay?: boolean | undefined;
  /** Octets of the send buffer (SO_SNDBUF), 4,096 to 64 Mi. Default `tcp_wmem[1]`. */
  readonly sendBufferOctets?: number | undefined;
  /** Octets of the receive buffer (SO_RCVBUF), 2,304 to 64 Mi. Default `tcp_rmem[1]`. */
  readonly receiveBufferOctets?: number | undefined;
  /** Name of the congestion control (TCP_CONGESTION). Default `tcp_congestion_control`. */
  readonly congestionControl?: string | undefined;
  /** Largest segment to announce and send (TCP_MAXSEG), 88 to 65,495 octets. */
  readonly maximumSegmentSizeOctets?: number | undefined;
  /** The TOS octet of the packets it sends, without the ECN bits. Default 0. */
  readonly tos?: number | undefined;
  /** Time to live, 1 to 255. Default `ip_default_ttl`. */
  readonly ttl?: number | undefined;
  /** Whether keepalives are sent (SO_KEEPALIVE). Default false (RFC 9293 3.8.4, MUST-25). */
  readonly keepAlive?: boolean | undefined;
  /**
   * Idle time before the first keepalive (TCP_KEEPIDLE), milliseconds. Default
   * `tcp_keepalive_time`.
   */
  readonly keepAliveIdleMs?: number | undefined;
  /** Time between two keepalives (TCP_KEEPINTVL), milliseconds. Default `tcp_keepalive_intvl`. */
  readonly keepAliveIntervalMs?: number | undefined;
  /**
   * Unanswered keepalives after which the connection is given up (TCP_KEEPCNT), 1 to 127. Default
   * `tcp_keepalive_probes`.
   */
  readonly keepAliveProbes?: number | undefined;
  /**
   * Segments smaller than the MSS wait, up to 200 ms, until the option is cleared (TCP_CORK).
   * Default false.
   */
  readonly cork?: boolean | undefined;
  /**
   * The urgent octet stays in the stream (SO_OOBINLINE). Default false: the application gets it
   * apart from the stream, in `urgent`.
   */
  readonly urgentInline?: boolean | undefined;
  /**
   * How long sent data may stay unacknowledged (TCP_USER_TIMEOUT, RFC 9293 3.9.1), milliseconds.
   * Default 0: `tcp_retries2` decides.
   */
  readonly userTimeoutMs?: number | undefined;
  /**
   * Announces the user timeout to the peer, and takes the peer's where the application sets none
   * (RFC 5482). Default false. Applies to segments sent afterwards.
   */
  readonly userTimeoutOption?: boolean | undefined;
  /**
   * Largest rate of data, octets per second (SO_MAX_PACING_RATE), 1 to 2^53 - 1. Setting it turns
   * pacing on. Default: no limit.
   */
  readonly maxPacingRateOctetsPerSecond?: number | undefined;
  /** Number of SYN retransmissions (TCP_SYNCNT), 1 to 127. Default `tcp_syn_retries`. */
  readonly synRetries?: number | undefined;
  /**
   * Allows a local port that older connections, mostly in TIME-WAIT, still use, if they had this
   * option too (SO_REUSEADDR). A connect from such a port replaces the connection in TIME-WAIT with
   * the same addresses and ports where timestamps tell the two apart (RFC 6191). Default false.
   * Read at `listen` and `connect`; a listener's connections inherit it.
   */
  readonly reuseAddress?: boolean | undefined;
}

/**
 * Why a socket is closed, or what is wrong with it. `finished`: both sides sent FIN and all was
 * acknowledged. `message too long`: a datagram does not fit into the path MTU and must not be
 * fragmented (EMSGSIZE).
 */
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
  | 'shut down'
  | 'message too long';
