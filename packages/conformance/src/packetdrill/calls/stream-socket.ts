import type {
  SocketAddress,
  SocketId,
  SocketInfo,
  TcpSocketOptions,
  TransportIndication,
  TransportSysctl,
} from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import {
  type CallResult,
  done,
  failed,
  immediate,
  type OpenFile,
  type PendingCall,
  type PollEvents,
} from './calls.ts';
import { type Errno, errnoOf } from './errno.ts';
import { ENDPOINT, type SocketOwner, type SocketPort } from './socket-port.ts';
import { StreamReader, StreamWriter, type WriteOptions } from './stream-data.ts';
import { type StreamPhase, streamEvents } from './stream-events.ts';

/** A TCP socket with the behaviour of Linux's socket layer, on the transport boundary. */
export class StreamSocket implements OpenFile, SocketOwner {
  nonBlocking = false;
  wakes = 0;
  /** SO_LINGER with a time of 0: close sends RST. */
  resetsOnClose = false;
  /** SO_REUSEPORT. */
  reusePort = false;
  /** TCP_INQ: recvmsg reports the octets left to read. */
  tellsUnread = false;
  /** TCP_NOTSENT_LOWAT, in octets; 0: the sysctl `tcp_notsent_lowat`. */
  notSentLowMark = 0;
  readonly #port: SocketPort;
  #id: SocketId = 0;
  #phase: StreamPhase = 'new';
  #options: TcpSocketOptions;
  #bound: SocketAddress | undefined;
  /** Connections that wait for accept, oldest first. */
  readonly #offered: StreamSocket[] = [];
  /**
   * Whether the application knows the result of connect(). After a non-blocking connect it has to
   * call again.
   */
  #toldOfConnect = true;
  #error: Errno | undefined;
  #peerEnded = false;
  #readShut = false;
  #writeShut = false;
  /** A writer found no room, and must be woken when there is some. */
  #wantsRoom = false;
  /** The peer has announced urgent data, or the urgent octet has arrived. */
  #hasUrgentMark = false;
  #urgentOctet: number | undefined;
  #sendBufferOctets: number | undefined;
  #reader: StreamReader | undefined;
  #writer: StreamWriter | undefined;

  constructor(port: SocketPort) {
    this.#port = port;
    // StreamWriter bounds the send buffer as Linux does; transport's own bound is large enough not
    // to matter.
    this.#options = { sendBufferOctets: 2 * port.sysctl.tcp_wmem[2] };
  }

  get phase(): StreamPhase {
    return this.#phase;
  }

  get id(): SocketId {
    return this.#id;
  }

  get options(): TcpSocketOptions {
    return this.#options;
  }

  /** Returns the pending error and clears it (SO_ERROR). */
  takeError(): Errno | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** The place of a wrong octet that was read. Undefined if there is none. */
  get outOfPlace(): number | undefined {
    return this.#reader?.outOfPlace;
  }

  /** Transport's information about the socket. Undefined if transport does not have the socket. */
  info(): SocketInfo | undefined {
    return this.#id === 0 ? undefined : this.#port.info(this.#id);
  }

  get sysctl(): TransportSysctl {
    return this.#port.sysctl;
  }

  /** SO_SNDBUF as getsockopt returns it. Undefined if it was not set. */
  get sendBufferOctets(): number | undefined {
    return this.#sendBufferOctets;
  }

  setSendBuffer(octets: number): void {
    this.#sendBufferOctets = octets;
    this.#writer?.limit(octets);
  }

  setOptions(options: TcpSocketOptions): void {
    this.#options = { ...this.#options, ...options };
    if (this.#phase === 'new' || this.#phase === 'over') return;
    this.#port.request({ kind: 'set-options', socket: this.#id, options });
  }

  bind(address: SocketAddress): CallResult {
    if (this.#phase !== 'new' || this.#bound !== undefined) return failed('EINVAL');
    this.#bound = address;
    return done(0);
  }

  listen(backlog: number): CallResult {
    if (this.#phase === 'listening') return done(0);
    if (this.#phase !== 'new') return failed('EINVAL');
    const local = this.#bound ?? { address: UNSPECIFIED_IPV4, port: 0 };
    this.#id = this.#port.open(this);
    this.#phase = 'listening';
    this.#port.request({
      kind: 'listen',
      socket: this.#id,
      endpoint: ENDPOINT,
      local,
      // One more than the backlog may wait, as Linux's sk_acceptq_is_full() counts.
      backlog: backlog + 1,
      options: this.#options,
      reusePort: this.reusePort,
    });
    const error = this.takeError();
    if (error !== undefined) return failed(error);
    this.#port.flows.startAnew(local.port);
    return done(0);
  }

  accept(makeFile: (socket: StreamSocket) => CallResult): PendingCall {
    return {
      attempt: () => {
        if (this.#phase !== 'listening') return failed('EINVAL');
        const next = this.#offered.shift();
        if (next === undefined) return this.#wouldBlock();
        next.#take();
        return makeFile(next);
      },
    };
  }

  #wouldBlock(dontWait = false): CallResult | undefined {
    return this.nonBlocking || dontWait ? failed('EAGAIN') : undefined;
  }

  /** Accepts the offered connection at the transport boundary. */
  #take(): void {
    if (this.#phase === 'over') return;
    this.#port.request({
      kind: 'accept',
      socket: this.#id,
      endpoint: ENDPOINT,
      creditOctets: 0,
    });
  }

  connect(remote: SocketAddress): PendingCall {
    if (this.#phase === 'listening') return immediate(failed('EISCONN'));
    if (this.#phase === 'connected') return immediate(this.#connectedAgain());
    if (this.#phase === 'over') {
      return immediate(failed(this.takeError() ?? 'ECONNABORTED'));
    }
    if (this.#phase === 'connecting') return immediate(failed('EALREADY'));
    this.#startConnect(remote);
    if (this.nonBlocking) return immediate(this.#connectResult() ?? failed('EINPROGRESS'));
    return { attempt: () => this.#connectResult() };
  }

  /** The first connect() after a non-blocking one returns its result. */
  #connectedAgain(): CallResult {
    if (this.#toldOfConnect) return failed('EISCONN');
    this.#toldOfConnect = true;
    return done(0);
  }

  #startConnect(remote: SocketAddress): void {
    this.#id = this.#port.open(this);
    this.#phase = 'connecting';
    this.#toldOfConnect = !this.nonBlocking;
    this.#port.request({
      kind: 'connect',
      socket: this.#id,
      endpoint: ENDPOINT,
      local: this.#bound ?? { address: UNSPECIFIED_IPV4, port: 0 },
      remote,
      options: this.#options,
      creditOctets: 0,
    });
    const local = this.#port.info(this.#id)?.local;
    if (local !== undefined) this.#port.flows.follow(local.port, remote.port);
  }

  #connectResult(): CallResult | undefined {
    if (this.#phase === 'connecting') return undefined;
    if (this.#phase === 'connected') return done(0);
    return failed(this.takeError() ?? 'ECONNABORTED');
  }

  /** Octets ready to be read. */
  available(): number {
    return this.#reader?.availableOctets() ?? 0;
  }

  /** Whether the peer will send no more. */
  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  read(octets: number, { dontWait = false, peek = false } = {}): PendingCall {
    return {
      attempt: () => {
        // Received data can be read after shutdown(SHUT_RD), as in Linux's tcp_recvmsg_locked().
        const available = Math.min(octets, this.available());
        if (available > 0) {
          if (!peek) this.#reader?.read(available);
          return done(available);
        }
        return octets === 0 ? done(0) : this.#readNothing(dontWait);
      },
    };
  }

  #readNothing(dontWait: boolean): CallResult | undefined {
    if (this.#peerEnded || this.#readShut) return done(0);
    const error = this.takeError();
    if (error !== undefined) return failed(error);
    if (this.#phase === 'over') return done(0);
    if (this.#phase === 'new' || this.#phase === 'listening') return failed('ENOTCONN');
    return this.#wouldBlock(dontWait);
  }

  /** The value of TCP_CM_INQ: octets left to read, plus one for the end of the stream. */
  unreadHint(): number {
    return this.available() + (this.#peerEnded ? 1 : 0);
  }

  /** MSG_OOB: reads the urgent octet. Never blocks. */
  readUrgent(): PendingCall {
    const octet = this.#urgentOctet;
    this.#urgentOctet = undefined;
    if (octet !== undefined) return immediate(done(1));
    return immediate(failed(this.#hasUrgentMark ? 'EAGAIN' : 'EINVAL'));
  }

  write(octets: number, options: WriteOptions): PendingCall {
    let written = 0;
    let waits = false;
    return {
      attempt: () => {
        const refused = this.#writeRefused();
        if (refused !== undefined) return written > 0 ? done(written) : refused;
        // A waiting writer is woken only when poll would report room.
        if (waits && !this.#hasRoom()) return undefined;
        if (this.#phase === 'connected') written += this.#send(octets - written, options);
        if (written === octets) return done(written);
        this.#wantsRoom = true;
        waits = this.#phase === 'connected';
        const blocked = this.#wouldBlock(options.dontWait);
        return written > 0 && blocked !== undefined ? done(written) : blocked;
      },
    };
  }

  #writeRefused(): CallResult | undefined {
    const error = this.takeError();
    if (error !== undefined) return failed(error);
    const canWrite = this.#phase === 'connected' || this.#phase === 'connecting';
    return this.#writeShut || !canWrite ? failed('EPIPE') : undefined;
  }

  #send(octets: number, options: WriteOptions): number {
    const cork = this.#options.cork === true;
    return this.#writer?.sendAll(octets, options, cork, this.#lowMark()) ?? 0;
  }

  #lowMark(): number {
    return this.notSentLowMark || this.#port.knobs.tcp_notsent_lowat;
  }

  shutdown(read: boolean, write: boolean): CallResult {
    if (this.#phase !== 'connected' && this.#phase !== 'connecting') return failed('ENOTCONN');
    if (read) this.#readShut = true;
    if (write && !this.#writeShut) {
      this.#writeShut = true;
      this.#port.request({ kind: 'shutdown', socket: this.#id });
    }
    this.wakes += 1;
    return done(0);
  }

  close(): void {
    if (this.#phase === 'new' || this.#phase === 'over') return;
    const resets = this.resetsOnClose && this.#phase !== 'listening';
    this.#phase = 'over';
    this.#port.request({ kind: resets ? 'abort' : 'close', socket: this.#id });
  }

  poll(): PollEvents {
    const hasRoom = this.#hasRoom();
    if (this.#phase === 'connected' && !this.#writeShut && !hasRoom) this.#wantsRoom = true;
    return streamEvents({
      phase: this.#phase,
      hasError: this.#error !== undefined,
      hasOffer: this.#offered.length > 0,
      hasData: this.available() > 0,
      hasRoom,
      hasUrgent: this.#urgentOctet !== undefined || this.#hasUrgentMark,
      readEnds: this.#peerEnded || this.#readShut,
      writeShut: this.#writeShut,
    });
  }

  #hasRoom(): boolean {
    return this.#writer?.isWritable(this.#lowMark()) ?? false;
  }

  /** Checks for new data and new room. Call it after each input that may have brought some. */
  refresh(): void {
    if (this.#phase !== 'connected') return;
    if (this.#reader?.hasGrown()) this.wakes += 1;
    if (!this.#wantsRoom) return;
    this.#writer?.look();
    if (!this.#hasRoom()) return;
    this.#wantsRoom = false;
    this.wakes += 1;
  }

  tell(indication: TransportIndication): void {
    switch (indication.kind) {
      case 'offer':
        this.#offered.push(this.#child(indication));
        this.wakes += 1;
        break;
      case 'connected':
        this.#open(indication.sendCreditOctets);
        this.wakes += 1;
        break;
      case 'data':
        this.#reader?.take(indication.offset, indication.data);
        break;
      case 'credit':
        this.#writer?.grant(indication.limitOctets);
        break;
      case 'end':
        this.#peerEnded = true;
        this.wakes += 1;
        break;
      case 'urgent':
        this.#hasUrgentMark = indication.octet === undefined;
        this.#urgentOctet = indication.octet;
        this.wakes += 1;
        break;
      case 'closed':
        this.#over(errnoOf(indication.reason));
        break;
      default:
        break;
    }
  }

  #child(offer: Extract<TransportIndication, { kind: 'offer' }>): StreamSocket {
    const child = new StreamSocket(this.#port);
    child.#id = offer.socket;
    child.#options = this.#options;
    child.notSentLowMark = this.notSentLowMark;
    child.#sendBufferOctets = this.#sendBufferOctets;
    child.#open(offer.sendCreditOctets);
    this.#port.adopt(offer.socket, child);
    return child;
  }

  #open(sendLimitOctets: number): void {
    this.#phase = 'connected';
    this.#reader = new StreamReader(this.#port, this.#id);
    this.#writer = new StreamWriter(this.#port, this.#id, sendLimitOctets, this.#sendBufferOctets);
  }

  #over(error: Errno | undefined): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    // After the peer's FIN, its RST gives EPIPE, as in Linux's tcp_reset().
    this.#error = error === 'ECONNRESET' && this.#peerEnded ? 'EPIPE' : error;
    this.wakes += 1;
  }
}
