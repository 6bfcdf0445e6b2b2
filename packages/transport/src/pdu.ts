/** The transport/application boundary: sockets, as messages. */
import type { Ipv4Address, TraceContext } from '@strata/wire';

/**
 * Names a socket (a listener, a connection, or a UDP port) for its whole life, 1 to 2^53 - 1, unique in the stack. Its low
 * six bits are the shard that it lives in. Whoever makes the socket chooses it: the application for
 * `connect`, `listen` and `bind`; transport for a connection that it offers.
 */
export type SocketId = number;

/** An IPv4 address and a port. Address 0: any or chosen by the stack. Port 0: chosen by the stack. */
export interface SocketAddress {
  readonly address: Ipv4Address;
  readonly port: number;
}

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

interface ToTransport {
  readonly socket: SocketId;
  readonly trace?: TraceContext | undefined;
}

/** What the application asks of transport (OSI: request and response). */
export type TransportRequest =
  /** Active OPEN (RFC 9293 3.9.1.1). Answered by `connected` or `closed`. */
  | (ToTransport & {
      readonly kind: 'connect';
      /** Where indications about the socket go: the name of the application instance. */
      readonly endpoint: string;
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
      readonly options: TcpSocketOptions;
      /** Absolute stream offset up to which the application takes data. */
      readonly creditOctets: number;
    })
  /** Passive OPEN. Answered by `listening` or `closed`. */
  | (ToTransport & {
      readonly kind: 'listen';
      readonly endpoint: string;
      readonly local: SocketAddress;
      /** Connections that wait for `accept`, 1 to `somaxconn`. */
      readonly backlog: number;
      readonly options: TcpSocketOptions;
      /** Shares address and port with others that asked for it too (SO_REUSEPORT): offers go round. Default false: `address in use`. */
      readonly reusePort?: boolean | undefined;
    })
  /** Takes an offered connection (OSI: response). Its data follows. */
  | (ToTransport & {
      readonly kind: 'accept';
      readonly endpoint: string;
      readonly creditOctets: number;
    })
  /**
   * Appends to the stream. `offset`: of the first octet, from 0: the end of what was sent. Beyond the credit or elsewhere: the socket is
   * aborted, `invalid`. Bytes are transport's from here on.
   */
  | (ToTransport & {
      readonly kind: 'send';
      readonly offset: number;
      readonly data: Uint8Array;
      /** End of a write: the last segment carries PSH (RFC 9293 3.9.1.2). */
      readonly push: boolean;
      /** The data's last octet is urgent (MSG_OOB; RFC 9293 3.8.5). Default false. */
      readonly urgent?: boolean | undefined;
    })
  /** The application takes data up to this absolute offset; only ever grows. */
  | (ToTransport & { readonly kind: 'credit'; readonly limitOctets: number })
  /** No more to send: FIN behind all data (half-close). */
  | (ToTransport & { readonly kind: 'shutdown' })
  /** Close: a listener stops; a connection sends its data and FIN, and later data from the peer is answered by RST. A UDP port closes. */
  | (ToTransport & { readonly kind: 'close' })
  /** ABORT (RFC 9293 3.9.1.6): RST now. */
  | (ToTransport & { readonly kind: 'abort' })
  | (ToTransport & { readonly kind: 'set-options'; readonly options: TcpSocketOptions })
  /** Opens a UDP port. Answered by `bound` or `closed`. */
  | (ToTransport & {
      readonly kind: 'bind';
      readonly endpoint: string;
      readonly local: SocketAddress;
      /** Octets that wait for the application at most. Default 212,992 (`rmem_default`). */
      readonly receiveBufferOctets?: number | undefined;
      /** Several sockets may bind the address (SO_REUSEADDR). Default false. */
      readonly reuseAddress?: boolean | undefined;
      /** Datagrams to broadcast addresses are allowed (SO_BROADCAST). Default false. */
      readonly broadcast?: boolean | undefined;
      /** Octets of datagrams that the application takes, absolute, as for streams. */
      readonly creditOctets: number;
    })
  /** Sends a UDP datagram of 0 to 65,507 octets. */
  | (ToTransport & {
      readonly kind: 'datagram';
      /** Address 0: the one that the socket is bound to. */
      readonly source: Ipv4Address;
      readonly remote: SocketAddress;
      readonly data: Uint8Array;
      readonly ttl?: number | undefined;
    });

interface ToApplication {
  readonly socket: SocketId;
  /** The application instance that it goes to. */
  readonly endpoint: string;
  readonly trace?: TraceContext | undefined;
}

/** What transport tells the application (OSI: indication and confirm). */
export type TransportIndication =
  | (ToApplication & { readonly kind: 'listening'; readonly local: SocketAddress })
  /** A connection that is ESTABLISHED waits on `listener`; `socket` names it. Taken by `accept`, refused by `abort`. */
  | (ToApplication & {
      readonly kind: 'offer';
      readonly listener: SocketId;
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
      readonly sendCreditOctets: number;
    })
  | (ToApplication & {
      readonly kind: 'connected';
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
      readonly sendCreditOctets: number;
    })
  /** Data of the stream, in order. `offset`: of the first octet, from 0. The bytes are the application's. */
  | (ToApplication & { readonly kind: 'data'; readonly offset: number; readonly data: Uint8Array })
  /** The application may send up to this absolute offset; only ever grows. */
  | (ToApplication & {
      readonly kind: 'credit';
      readonly limitOctets: number;
      readonly acknowledgedOctets: number;
    })
  /** The peer sends no more (its FIN came). `offset`: octets that it sent in all. */
  | (ToApplication & { readonly kind: 'end'; readonly offset: number })
  /**
   * The peer has urgent data (RFC 9293 3.8.5, MUST-32), told as soon as it is known and again when the mark moves on. `offset`: the mark,
   * where in the stream the urgent octet stands, or stood where it does not stay in line. How much lies before it is its distance from
   * the data that came (MUST-33). `octet`: the urgent octet itself, once it has come, where it does not stay in line.
   */
  | (ToApplication & {
      readonly kind: 'urgent';
      readonly offset: number;
      readonly octet?: number | undefined;
    })
  /** The socket is gone; its id is never heard of again. Sent exactly once per socket. */
  | (ToApplication & {
      readonly kind: 'closed';
      readonly reason: CloseReason;
      readonly detail: string;
    })
  | (ToApplication & { readonly kind: 'bound'; readonly local: SocketAddress })
  | (ToApplication & {
      readonly kind: 'datagram';
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
      readonly ttl: number;
      readonly data: Uint8Array;
    })
  /**
   * Trouble that does not end the socket: an ICMP error about what it sent (RFC 1122 4.1.3.3, 4.2.3.9), or that nothing has answered for
   * long (`timed out`; RFC 9293 3.8.3, R1).
   */
  | (ToApplication & {
      readonly kind: 'error';
      readonly reason: CloseReason;
      readonly remote: SocketAddress;
      readonly detail: string;
    });
