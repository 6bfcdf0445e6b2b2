/** The transport/application boundary: sockets, as messages. */

import type { IpAddress, TraceContext } from '@strata/wire';
import type { CloseReason, SocketAddress, SocketId, TcpSocketOptions } from './tcp/state/socket.ts';

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
      /**
       * Shares address and port with others that asked for it too (SO_REUSEPORT): offers go round.
       * Default false: `address in use`.
       */
      readonly reusePort?: boolean | undefined;
    })
  /** Takes an offered connection (OSI: response). Its data follows. */
  | (ToTransport & {
      readonly kind: 'accept';
      readonly endpoint: string;
      readonly creditOctets: number;
    })
  /**
   * Appends to the stream. `offset`: of the first octet, from 0: the end of what was sent. Beyond
   * the credit or elsewhere: the socket is aborted, `invalid`. Bytes are transport's from here on.
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
  /**
   * Close: a listener stops; a connection sends its data and FIN, and later data from the peer is
   * answered by RST. A UDP port closes.
   */
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
      /** Address 0.0.0.0: the one that the socket is bound to. */
      readonly source: IpAddress;
      readonly remote: SocketAddress;
      readonly data: Uint8Array;
      readonly ttl?: number | undefined;
      /**
       * `data` is that of several datagrams, each of so many octets but the last, which may be
       * shorter (UDP_SEGMENT): 1 to 65,495, and 128 datagrams at most. They are not cut into
       * fragments: what is too long for the path is answered by `error`, `invalid`. Default: one.
       */
      readonly segmentSize?: number | undefined;
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
  /**
   * A connection that is ESTABLISHED waits on `listener`; `socket` names it. Taken by `accept`,
   * refused by `abort`.
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
   * Data of the stream, in order. `offset`: of the first octet, from 0. The bytes are the
   * application's.
   */
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
   * The peer has urgent data (RFC 9293 3.8.5, MUST-32), told as soon as it is known and again when
   * the mark moves on. `offset`: the mark, where in the stream the urgent octet stands, or stood
   * where it does not stay in line. How much lies before it is its distance from the data that came
   * (MUST-33). `octet`: the urgent octet itself, once it has come, where it does not stay in line.
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
   * Trouble that does not end the socket: an ICMP error about what it sent (RFC 1122 4.1.3.3,
   * 4.2.3.9), or that nothing has answered for long (`timed out`; RFC 9293 3.8.3, R1).
   */
  | (ToApplication & {
      readonly kind: 'error';
      readonly reason: CloseReason;
      readonly remote: SocketAddress;
      readonly detail: string;
    });
