/** The transport/application boundary: sockets as messages. */

import type { FilterMode, GroupAddress, IpAddress, MtuDiscover, TraceContext } from '@strata/wire';
import type { SocketEntry } from './socket-entry.ts';
import type { CloseReason, SocketAddress, SocketId, TcpSocketOptions } from './tcp/state/socket.ts';

interface ToTransport {
  readonly socket: SocketId;
  readonly trace?: TraceContext | undefined;
}

/** The application's requests to transport (OSI: request and response). */
export type TransportRequest =
  /** Active OPEN (RFC 9293 3.9.1.1). Answered by `connected` or `closed`. */
  | (ToTransport & {
      readonly kind: 'connect';
      /** The application instance that gets the socket's indications. */
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
      /** Connections that may wait for `accept`, 1 to `somaxconn`. */
      readonly backlog: number;
      readonly options: TcpSocketOptions;
      /**
       * Shares address and port with other listeners that set this too (SO_REUSEPORT): new
       * connections go to them in turn. Default false: `address in use`.
       */
      readonly reusePort?: boolean | undefined;
    })
  /** Accepts an offered connection (OSI: response). Its data follows. */
  | (ToTransport & {
      readonly kind: 'accept';
      readonly endpoint: string;
      readonly creditOctets: number;
    })
  /**
   * Appends data to the stream. `offset`: offset of the first octet in the stream; it must continue
   * the data sent before. At another offset or beyond the credit the socket is aborted, `invalid`.
   * The bytes belong to transport from here on.
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
  /** The application takes data up to this absolute stream offset, which only grows. */
  | (ToTransport & { readonly kind: 'credit'; readonly limitOctets: number })
  /** The application sends no more: a FIN follows all data (half-close). */
  | (ToTransport & { readonly kind: 'shutdown' })
  /**
   * Closes a socket. A listener stops listening. A connection sends its data and FIN, and data that
   * arrives later is answered by a RST. A UDP port closes.
   */
  | (ToTransport & { readonly kind: 'close' })
  /** ABORT (RFC 9293 3.9.1.6): sends a RST now. */
  | (ToTransport & { readonly kind: 'abort' })
  | (ToTransport & { readonly kind: 'set-options'; readonly options: TcpSocketOptions })
  /**
   * What is known of the socket (Linux: TCP_INFO). Answered by `info`, or by nothing where `closed`
   * is on the way.
   */
  | (ToTransport & { readonly kind: 'get-info' })
  /** Opens a UDP port. Answered by `bound` or `closed`. */
  | (ToTransport & {
      readonly kind: 'bind';
      readonly endpoint: string;
      readonly local: SocketAddress;
      /**
       * Largest number of octets that wait for the application. Default 212,992 (`rmem_default`).
       */
      readonly receiveBufferOctets?: number | undefined;
      /** Several sockets may bind the address (SO_REUSEADDR). Default false. */
      readonly reuseAddress?: boolean | undefined;
      /** Allows datagrams to broadcast addresses (SO_BROADCAST). Default false. */
      readonly broadcast?: boolean | undefined;
      /** Octets of datagrams that the application takes, absolute, like a stream offset. */
      readonly creditOctets: number;
    })
  /** Sends a UDP datagram of 0 to 65,507 octets. */
  | (ToTransport & {
      readonly kind: 'datagram';
      /**
       * Address 0.0.0.0: the one that the socket is bound to. A datagram to a group leaves by the
       * interface that has the address (IP_MULTICAST_IF).
       */
      readonly source: IpAddress;
      readonly remote: SocketAddress;
      readonly data: Uint8Array;
      readonly ttl?: number | undefined;
      /**
       * `data` holds several datagrams of this many octets; the last may be shorter (UDP_SEGMENT).
       * 1 to 65,495 octets, at most 128 datagrams. They are not fragmented: if they are too long
       * for the path, an `error`, `message too long`, follows. Default: one datagram.
       */
      readonly segmentSize?: number | undefined;
      /** The stack's own sockets get no copy of a datagram to a group. Default false. */
      readonly noLoop?: boolean | undefined;
      /**
       * Default `want`; `dont` if `ip_no_pmtu_disc` is not 0. A refused datagram is answered by an
       * `error`, `message too long`.
       */
      readonly mtuDiscover?: MtuDiscover | undefined;
    })
  /**
   * What a UDP socket wants of a multicast group, in place of what it wanted before
   * (MCAST_MSFILTER). Too many groups or sources: an `error`, `no buffers`, follows.
   */
  | (ToTransport & {
      readonly kind: 'set-group';
      readonly group: IpAddress;
      /** An address of the interface. 0.0.0.0: the interface that the group is routed to. */
      readonly interfaceAddress: IpAddress;
      /** `include` without sources: the socket leaves the group. */
      readonly mode: FilterMode;
      readonly sources: readonly GroupAddress[];
    });

interface ToApplication {
  readonly socket: SocketId;
  /** The application instance that gets the indication. */
  readonly endpoint: string;
  readonly trace?: TraceContext | undefined;
}

/** Transport's indications to the application (OSI: indication and confirm). */
export type TransportIndication =
  | (ToApplication & { readonly kind: 'listening'; readonly local: SocketAddress })
  /**
   * A connection for `listener` is ESTABLISHED and waits; `socket` is its id. `accept` accepts it,
   * `abort` refuses it.
   */
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
  /**
   * Data of the stream, in order. `offset`: offset of the first octet in the stream. The bytes
   * belong to the application.
   */
  | (ToApplication & { readonly kind: 'data'; readonly offset: number; readonly data: Uint8Array })
  /** The application may send up to this absolute stream offset, which only grows. */
  | (ToApplication & {
      readonly kind: 'credit';
      readonly limitOctets: number;
      readonly acknowledgedOctets: number;
    })
  /** The peer sends no more: its FIN has arrived. `offset`: the octets that it sent in all. */
  | (ToApplication & { readonly kind: 'end'; readonly offset: number })
  /**
   * The peer has urgent data (RFC 9293 3.8.5, MUST-32). Sent as soon as this is known, and again
   * when the mark moves on. `offset`: the mark, the urgent octet's offset in the stream, also where
   * the octet was taken out of the stream. Its distance from the received data shows how much lies
   * before it (MUST-33). `octet`: the urgent octet itself, once it has arrived, if it was taken out
   * of the stream.
   */
  | (ToApplication & {
      readonly kind: 'urgent';
      readonly offset: number;
      readonly octet?: number | undefined;
    })
  /** The socket is gone, and its id is not used again. Sent exactly once for each socket. */
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
   * An error that does not end the socket: an ICMP error about what it sent (RFC 1122 4.1.3.3,
   * 4.2.3.9), or no answer for a long time (`timed out`; RFC 9293 3.8.3, R1).
   */
  | (ToApplication & {
      readonly kind: 'error';
      readonly reason: CloseReason;
      readonly remote: SocketAddress;
      readonly detail: string;
      /**
       * With `message too long`: octets of the largest packet that the path carries, as far as
       * known.
       */
      readonly mtu?: number | undefined;
    })
  /** Answers `get-info`: the socket as it was then. */
  | (ToApplication & { readonly kind: 'info'; readonly entry: SocketEntry });
