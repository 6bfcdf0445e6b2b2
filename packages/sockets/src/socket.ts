import { isIPv4 } from 'node:net';
import { Duplex } from 'node:stream';
import type {
  SocketAddress,
  SocketId,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { type AddressInfo, checkPort, toAddressInfo, toSocketAddress } from './address-info.ts';
import { checkTcpOptions, keepAliveIdleMs } from './check-options.ts';
import { type ConnectArguments, type ConnectOptions, normalizeConnect } from './connect-options.ts';
import { errorOfReason, systemError } from './errors.ts';
import { IdleTimer } from './idle-timer.ts';
import { ReceiveCredit } from './receive-credit.ts';
import { emitReport } from './reports.ts';
import type { SocketHost } from './socket-host.ts';
import {
  boundOptions,
  type OfferedConnection,
  optionsOf,
  type SocketOptions,
  streamOptionsOf,
} from './socket-options.ts';
import { StreamSender } from './stream-sender.ts';
import { asUrgent } from './urgent.ts';

type Done = (error?: Error | null) => void;
type Phase = 'idle' | 'connecting' | 'open' | 'gone';

/**
 * A TCP connection of the stack, shaped as Node's `net.Socket`. Beyond that: `setTcpOptions`; urgent data (RFC 9293 3.8.5) by `sendUrgent`,
 * 'urgentMark' (offset, as of `bytesRead`) as soon as the peer tells of some, and 'urgent' (one octet, offset) when it has come, unless it
 * stays in the stream by `urgentInline`; 'softError' (error) at trouble that does not end the connection (RFC 9293 3.9.1.8).
 */
export class Socket extends Duplex {
  /** Set by Node's http server; of no meaning here. */
  server: unknown;
  readonly #host: SocketHost;
  readonly #credit: ReceiveCredit;
  readonly #idle: IdleTimer;
  #sender: StreamSender | undefined;
  #phase: Phase = 'idle';
  #id: SocketId = 0;
  #options: TcpSocketOptions;
  #local: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #referenced = true;
  #reset = false;
  /** A write or an end that waits for the connection. */
  #afterConnect: (() => void)[] = [];

  constructor(host: SocketHost, options: SocketOptions = {}, offered?: OfferedConnection) {
    super(streamOptionsOf(options));
    this.#host = host;
    this.#credit = new ReceiveCredit(host.receiveWindowOctets);
    this.#idle = new IdleTimer(() => this.emit('timeout'));
    this.#options = boundOptions(host.tcpOptions, options.tcp, optionsOf(options));
    if (offered !== undefined) this.#accept(offered);
  }

  /** The socket's id at the transport boundary; 0 before connect(). */
  get socketId(): SocketId {
    return this.#id;
  }

  get connecting(): boolean {
    return this.#phase === 'connecting';
  }

  /** Whether there is no connection yet. */
  get pending(): boolean {
    return this.#phase === 'idle' || this.#phase === 'connecting';
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bytesRead(): number {
    return this.#credit.receivedOctets;
  }

  get bytesWritten(): number {
    return (this.#sender?.sentOctets ?? 0) + this.writableLength;
  }

  /** Octets that wait in this process. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** Milliseconds after which 'timeout' is emitted; 0 or undefined: never. */
  get timeout(): number | undefined {
    return this.#idle.timeoutMs || undefined;
  }

  get localAddress(): string | undefined {
    return this.#local && toAddressInfo(this.#local).address;
  }

  get localPort(): number | undefined {
    return this.#local?.port;
  }

  get localFamily(): 'IPv4' | undefined {
    return this.#local && 'IPv4';
  }

  get remoteAddress(): string | undefined {
    return this.#remote && toAddressInfo(this.#remote).address;
  }

  get remotePort(): number | undefined {
    return this.#remote?.port;
  }

  get remoteFamily(): 'IPv4' | undefined {
    return this.#remote && 'IPv4';
  }

  address(): AddressInfo | Record<string, never> {
    return this.#local === undefined ? {} : toAddressInfo(this.#local);
  }

  /** Opens a connection. Answered by 'connect' and 'ready', or by 'error' and 'close'. */
  connect(...args: ConnectArguments): this {
    const { options, listener } = normalizeConnect(args);
    checkPort(options.port);
    if (listener !== undefined) this.once('connect', listener);
    if (options.timeout !== undefined) this.setTimeout(options.timeout);
    this.#options = { ...this.#options, ...optionsOf(options) };
    this.#phase = 'connecting';
    this.#keepAlive();
    const host = options.host ?? 'localhost';
    if (options.lookup === undefined || isIPv4(host)) {
      this.#open(options, host);
    } else {
      options.lookup(host, { family: 4, all: false }, (error, address) => {
        if (this.destroyed) return;
        this.emit('lookup', error, address, 4, host);
        if (error) this.destroy(error);
        else this.#open(options, String(address));
      });
    }
    return this;
  }

  /** Sends small segments at once (TCP_NODELAY), or gathers them (Nagle). */
  setNoDelay(noDelay = true): this {
    return this.setTcpOptions({ noDelay });
  }

  /** Keepalives after `initialDelayMs` of silence; 0 leaves the delay as it is. */
  setKeepAlive(enable = false, initialDelayMs = 0): this {
    return this.setTcpOptions({ keepAlive: enable, ...keepAliveIdleMs(initialDelayMs) });
  }

  /** Changes options of TCP, now or before it is opened; what is left out stays. Throws ERR_OUT_OF_RANGE; what transport refuses: 'softError'. */
  setTcpOptions(options: TcpSocketOptions): this {
    checkTcpOptions(options);
    this.#options = { ...this.#options, ...options };
    if (this.#id !== 0) this.#request({ kind: 'set-options', socket: this.#id, options });
    return this;
  }

  /** Writes `data`, whose last octet is urgent (MSG_OOB). As write(): in order with what was written before. */
  sendUrgent(data: string | Uint8Array, callback?: Done): boolean {
    return this.write(asUrgent(data), callback);
  }

  /** Emits 'timeout' after so many milliseconds of silence, and goes on; 0: never. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.#idle.set(timeoutMs);
    if (listener !== undefined) {
      if (timeoutMs === 0) this.removeListener('timeout', listener);
      else this.once('timeout', listener);
    }
    return this;
  }

  ref(): this {
    this.#referenced = true;
    this.#keepAlive();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#host.liveness.release(this);
    return this;
  }

  /** Ends the writing side and closes when all is handed over. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Closes with RST (RFC 9293 3.9.1.6). */
  resetAndDestroy(): this {
    this.#reset = true;
    return this.destroy();
  }

  override read(size?: number): unknown {
    const chunk = super.read(size);
    this.#extendCredit();
    return chunk;
  }

  override _read(): void {
    // Data comes when it comes, within the credit; read() extends that.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Done): void {
    this.#write([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Done): void {
    const buffers = chunks.map((entry) => entry.chunk);
    this.#write(buffers, callback);
  }

  override _final(callback: Done): void {
    if (this.pending) {
      this.#afterConnect.push(() => this._final(callback));
      return;
    }
    this.#request({ kind: 'shutdown', socket: this.#id });
    callback();
  }

  override _destroy(error: Error | null, callback: Done): void {
    this.#idle.stop();
    this.#host.liveness.release(this);
    this.#afterConnect = [];
    if (this.#id !== 0) {
      // What transport has not opened yet has nothing to say goodbye to.
      const abort = this.#reset || this.connecting;
      this.#request({ kind: abort ? 'abort' : 'close', socket: this.#id });
    }
    this.#phase = 'gone';
    this.#sender?.fail(error ?? systemError('ECANCELED', { syscall: 'write' }));
    callback(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  #accept(offered: OfferedConnection): void {
    this.#id = offered.socket;
    this.#host.register(this.#id, (indication) => this.#handle(indication));
    this.#established(offered);
    this.#request({
      kind: 'accept',
      socket: this.#id,
      endpoint: this.#host.endpoint,
      creditOctets: this.#credit.limitOctets,
    });
  }

  #open(options: ConnectOptions, host: string): void {
    let remote: SocketAddress;
    let local: SocketAddress;
    try {
      remote = toSocketAddress(host, checkPort(options.port));
      local = toSocketAddress(options.localAddress, options.localPort ?? 0);
    } catch (error) {
      process.nextTick(() => this.destroy(error as Error));
      return;
    }
    this.#remote = remote;
    this.#id = this.#host.newSocketId();
    this.#host.register(this.#id, (indication) => this.#handle(indication));
    this.#request({
      kind: 'connect',
      socket: this.#id,
      endpoint: this.#host.endpoint,
      local,
      remote,
      options: this.#options,
      creditOctets: this.#credit.limitOctets,
    });
  }

  #established(connection: Omit<OfferedConnection, 'socket'>): void {
    this.#phase = 'open';
    this.#local = connection.local;
    this.#remote = connection.remote;
    this.#sender = new StreamSender({
      socket: this.#id,
      maxPduOctets: this.#host.maxPduOctets,
      slab: this.#host.slab,
      send: (request) => this.#request(request),
    });
    this.#sender.credit(connection.sendCreditOctets, 0);
    this.#keepAlive();
  }

  #handle(indication: TransportIndication): void {
    if (indication.kind === 'closed') this.#onClosed(indication);
    if (this.destroyed) return;
    switch (indication.kind) {
      case 'connected':
        this.#onConnected(indication);
        break;
      case 'data':
        this.#idle.touch();
        this.#onData(indication.offset, indication.data);
        break;
      case 'credit':
        this.#idle.touch();
        this.#sender?.credit(indication.limitOctets, indication.acknowledgedOctets);
        break;
      case 'urgent':
      case 'error':
        emitReport(this, indication);
        break;
      case 'end':
        this.#idle.touch();
        this.push(null);
        // 'end' comes once somebody reads; one who reads nothing still has to hear it.
        if (this.readableLength === 0) super.read(0);
        break;
    }
  }

  #onConnected(indication: Omit<OfferedConnection, 'socket'>): void {
    this.#established(indication);
    this.#idle.touch();
    const waiting = this.#afterConnect;
    this.#afterConnect = [];
    for (const go of waiting) go();
    this.emit('connect');
    this.emit('ready');
  }

  #onData(offset: number, data: Uint8Array): void {
    const known = this.#credit.receivedOctets - offset;
    if (known < 0) {
      this.#reset = true;
      this.destroy(systemError('EPROTO', { syscall: 'read', detail: `no octets at ${offset}` }));
      return;
    }
    if (known >= data.byteLength) return;
    const bytes = known === 0 ? data : data.subarray(known);
    this.#credit.received(bytes.byteLength);
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#extendCredit();
  }

  #onClosed(indication: TransportIndication & { kind: 'closed' }): void {
    const { reason, detail } = indication;
    const wasConnecting = this.connecting;
    this.#phase = 'gone';
    if (this.destroyed) return;
    if (reason === 'finished') {
      // All data and the end came before; a reader may still be busy with them.
      if (!this.readableEnded) this.push(null);
      return;
    }
    const place = wasConnecting
      ? { syscall: 'connect', address: this.remoteAddress, port: this.remotePort }
      : { syscall: 'read' };
    this.destroy(errorOfReason(reason, { ...place, detail }));
  }

  #write(chunks: readonly Buffer[], callback: Done): void {
    if (this.pending) {
      this.#afterConnect.push(() => this.#write(chunks, callback));
    } else if (this.#phase === 'gone') {
      callback(systemError('EPIPE', { syscall: 'write' }));
    } else {
      this.#idle.touch();
      this.#sender!.write(chunks, callback);
    }
  }

  #extendCredit(): void {
    if (this.#phase !== 'open') return;
    const limitOctets = this.#credit.extend(this.readableLength);
    if (limitOctets === undefined) return;
    this.#request({ kind: 'credit', socket: this.#id, limitOctets });
  }

  #request(request: TransportRequest): void {
    // Transport has forgotten a socket that it closed.
    if (this.#phase !== 'gone') this.#host.request(request);
  }

  #keepAlive(): void {
    if (this.#referenced && !this.destroyed && this.#phase !== 'idle') {
      this.#host.liveness.hold(this);
    }
  }
}
