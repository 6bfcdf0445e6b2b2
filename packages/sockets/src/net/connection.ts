import type {
  SocketAddress,
  SocketEntry,
  SocketId,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { toAddressInfo } from '../address-info.ts';
import { closedSocket, errorOfReason, type SocketError, systemError } from '../errors.ts';
import type { SocketHost } from '../port/socket-host.ts';
import { InfoRequest } from './info-request.ts';
import { ReceiveCredit } from './receive-credit.ts';
import type { OfferedConnection } from './socket-options.ts';
import { StreamSender } from './stream-sender.ts';

type Done = (error?: Error | null) => void;

/** An error that does not end the connection, or urgent data. */
export type Report = Extract<TransportIndication, { kind: 'urgent' | 'error' }>;

/** What a connection tells its socket, until the socket calls leave(). */
export interface ConnectionOwner {
  connected(): void;
  /** Data of the stream: in order, each octet once. The bytes then belong to the owner. */
  received(data: Buffer): void;
  /** The peer sends no more. */
  ended(): void;
  reported(report: Report): void;
  /** Data, an acknowledgment or the peer's FIN arrived. */
  moved(): void;
  /** Transport has closed the connection. `error` is undefined if both sides had sent FIN. */
  closed(error: SocketError | undefined): void;
}

/** The two addresses of a connection to open, and its TCP options. */
export interface ConnectionRequest {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly options: TcpSocketOptions;
}

/**
 * A connection at the transport boundary, from `connect` or `accept` until transport has closed it.
 */
export class Connection {
  readonly id: SocketId;
  readonly #host: SocketHost;
  readonly #owner: ConnectionOwner;
  readonly #credit: ReceiveCredit;
  readonly #info = new InfoRequest();
  #sender: StreamSender | undefined;
  #local: SocketAddress;
  #remote: SocketAddress;
  #isGone = false;
  /** leave() was called: the owner is told nothing more. */
  #isLeft = false;

  private constructor(
    host: SocketHost,
    owner: ConnectionOwner,
    id: SocketId,
    local: SocketAddress,
    remote: SocketAddress,
  ) {
    this.id = id;
    this.#host = host;
    this.#owner = owner;
    this.#credit = new ReceiveCredit(host.receiveWindowOctets);
    this.#local = local;
    this.#remote = remote;
    host.register(id, (indication) => this.#handle(indication));
  }

  /** Opens a connection. The answer is a call of `connected` or `closed`. */
  static open(host: SocketHost, owner: ConnectionOwner, wanted: ConnectionRequest): Connection {
    const { local, remote, options } = wanted;
    const connection = new Connection(host, owner, host.newSocketId(), local, remote);
    connection.#request({
      kind: 'connect',
      socket: connection.id,
      endpoint: host.endpoint,
      local,
      remote,
      options,
      creditOctets: connection.#credit.limitOctets,
    });
    return connection;
  }

  /** Accepts a connection that a listener was offered. It is open already. */
  static accept(host: SocketHost, owner: ConnectionOwner, offered: OfferedConnection): Connection {
    const { socket, local, remote } = offered;
    const connection = new Connection(host, owner, socket, local, remote);
    connection.#opened(offered);
    connection.#request({
      kind: 'accept',
      socket,
      endpoint: host.endpoint,
      creditOctets: connection.#credit.limitOctets,
    });
    return connection;
  }

  /** The local address. Before the connection is open: the requested one. */
  get local(): SocketAddress {
    return this.#local;
  }

  get remote(): SocketAddress {
    return this.#remote;
  }

  /** Whether transport has closed the connection. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get receivedOctets(): number {
    return this.#credit.receivedOctets;
  }

  /** Octets handed to transport so far. */
  get sentOctets(): number {
    return this.#sender?.sentOctets ?? 0;
  }

  /**
   * Sends `chunks`. Call it only while the connection is open, one write at a time. `callback` is
   * called when transport has taken all octets.
   */
  write(chunks: readonly Uint8Array[], callback: Done): void {
    if (this.#isGone) callback(systemError('EPIPE', { syscall: 'write' }));
    else this.#sender!.write(chunks, callback);
  }

  /** Ends the sending side after all written data (FIN). */
  shutdown(): void {
    this.#request({ kind: 'shutdown', socket: this.id });
  }

  setOptions(options: TcpSocketOptions): void {
    this.#request({ kind: 'set-options', socket: this.id, options });
  }

  /**
   * What transport knows of the connection now. Rejects if the connection is closed, if leave() was
   * called, or if no answer comes.
   */
  getInfo(): Promise<SocketEntry> {
    if (this.#isGone || this.#isLeft) return Promise.reject(closedSocket());
    return this.#info.ask(() => this.#request({ kind: 'get-info', socket: this.id }));
  }

  /** Lets the peer send more, now that `unreadOctets` wait for the reader. */
  extendCredit(unreadOctets: number): void {
    if (this.#sender === undefined || this.#isLeft || this.#isGone) return;
    const limitOctets = this.#credit.extend(unreadOctets);
    if (limitOctets === undefined) return;
    this.#request({ kind: 'credit', socket: this.id, limitOctets });
  }

  /**
   * Closes or resets the connection. Its socket is told nothing more. A write in progress fails
   * with `error`.
   */
  leave(how: 'close' | 'abort', error: Error): void {
    // Before the connection is open there is no peer to send FIN to.
    this.#request({ kind: this.#sender === undefined ? 'abort' : how, socket: this.id });
    this.#isLeft = true;
    this.#info.fail(closedSocket());
    this.#sender?.fail(error);
  }

  #opened(opened: Omit<OfferedConnection, 'socket'>): void {
    this.#local = opened.local;
    this.#remote = opened.remote;
    this.#sender = new StreamSender({
      socket: this.id,
      maxPduOctets: this.#host.maxPduOctets,
      slab: this.#host.slab,
      send: (request) => this.#request(request),
    });
    this.#sender.credit(opened.sendCreditOctets, 0);
  }

  #handle(indication: TransportIndication): void {
    if (indication.kind === 'closed') {
      this.#isGone = true;
      this.#info.fail(closedSocket());
    }
    if (this.#isLeft) return;
    switch (indication.kind) {
      case 'connected':
        this.#opened(indication);
        this.#owner.moved();
        this.#owner.connected();
        break;
      case 'data':
        this.#owner.moved();
        this.#take(indication.offset, indication.data);
        break;
      case 'credit':
        this.#owner.moved();
        this.#sender?.credit(indication.limitOctets, indication.acknowledgedOctets);
        break;
      case 'urgent':
      case 'error':
        this.#owner.reported(indication);
        break;
      case 'info':
        this.#info.answer(indication.entry);
        break;
      case 'end':
        this.#owner.moved();
        this.#owner.ended();
        break;
      case 'closed':
        this.#owner.closed(this.#errorOf(indication));
        break;
    }
  }

  #take(offset: number, data: Uint8Array): void {
    const known = this.#credit.receivedOctets - offset;
    if (known < 0) {
      const detail = `no octets at ${offset}`;
      const error = systemError('EPROTO', { syscall: 'read', detail });
      this.leave('abort', error);
      this.#owner.closed(error);
      return;
    }
    if (known >= data.byteLength) return;
    const bytes = known === 0 ? data : data.subarray(known);
    this.#credit.received(bytes.byteLength);
    this.#owner.received(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #errorOf(closed: TransportIndication & { kind: 'closed' }): SocketError | undefined {
    const { reason, detail } = closed;
    if (reason === 'finished') return undefined;
    if (this.#sender !== undefined) return errorOfReason(reason, { syscall: 'read', detail });
    const isOwn = reason === 'address in use' || reason === 'address not available';
    const { address, port } = toAddressInfo(isOwn ? this.#local : this.#remote);
    return errorOfReason(reason, { syscall: isOwn ? 'bind' : 'connect', address, port, detail });
  }

  #request(request: TransportRequest): void {
    // Transport no longer knows a socket after it closed it.
    if (!this.#isGone && !this.#isLeft) this.#host.request(request);
  }
}
