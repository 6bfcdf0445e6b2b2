import { isIPv4, type LookupFunction } from 'node:net';
import { Duplex } from 'node:stream';
import type { SocketAddress, SocketEntry, SocketId, TcpSocketOptions } from '@strata/transport';
import { type AddressInfo, checkPort, toAddressInfo, toSocketAddress } from '../address-info.ts';
import { checkTcpOptions, keepAliveIdleMs } from '../check-options.ts';
import { closedBeforeConnection, closedSocket, systemError } from '../errors.ts';
import { emitReport } from '../port/reports.ts';
import type { SocketHost } from '../port/socket-host.ts';
import { type ConnectArguments, type ConnectOptions, normalizeConnect } from './connect-options.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { IdleTimer } from './idle-timer.ts';
import {
  type AcceptedConnection,
  boundOptions,
  optionsOf,
  type SocketOptions,
  streamOptionsOf,
} from './socket-options.ts';
import { asUrgent } from './urgent.ts';

type Done = (error?: Error | null) => void;
/** `closed`: destroyed, until connect() is called again. */
type Phase = 'idle' | 'connecting' | 'open' | 'closed';

/** A write or an end that waits for the connection. */
interface Waiting {
  readonly go: () => void;
  /** Called if the connection does not open. Undefined: the stream itself reports the error. */
  readonly fail?: (error: Error) => void;
}

/**
 * A TCP connection of the stack, with the interface of Node's `net.Socket` and three more events.
 * 'urgentMark' (offset, as `bytesRead`): the peer announces urgent data (RFC 9293 3.8.5). 'urgent'
 * (one octet, offset): it has arrived; with `urgentInline` it stays in the stream instead.
 * 'softError' (error): an error that does not end the connection (RFC 9293 3.9.1.8).
 */
export class Socket extends Duplex {
  /** Set by Node's HTTP server. Not used here. */
  server: unknown;
  readonly #host: SocketHost;
  readonly #idle: IdleTimer;
  #connection: Connection | undefined;
  #phase: Phase = 'idle';
  #options: TcpSocketOptions;
  #referenced = true;
  #reset = false;
  #onDestroyed: (() => void) | undefined;
  #waiting: Waiting[] = [];
  /** The peer, if it was asked for while open. Like Node, then also known after the end. */
  #peer: AddressInfo | undefined;
  /** Whether the stream wants data (Node's `handle.reading`). */
  #reading = false;
  #writing = false;
  #isHolding = false;
  /** Octets of all completed writes, and of a write that destroy() interrupted. */
  #writtenOctets = 0;

  constructor(host: SocketHost, options: SocketOptions = {}, accepted?: AcceptedConnection) {
    super(streamOptionsOf(options));
    this.#host = host;
    this.#idle = new IdleTimer(() => this.emit('timeout'));
    this.#options = boundOptions(host.tcpOptions, options.tcp, optionsOf(options));
    if (accepted === undefined) return;
    this.#connection = Connection.accept(host, this.#owner(), accepted.offered);
    this.#onDestroyed = accepted.onDestroyed;
    this.#phase = 'open';
  }

  /** The socket's id at the transport boundary; 0 before connect(). */
  get socketId(): SocketId {
    return this.#connection?.id ?? 0;
  }

  get connecting(): boolean {
    return this.#phase === 'connecting';
  }

  /** Whether the connection is not open: not yet, or no longer. */
  get pending(): boolean {
    return this.#phase !== 'open';
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bytesRead(): number {
    return this.#connection?.receivedOctets ?? 0;
  }

  /** Octets written, including those that wait in this process. */
  get bytesWritten(): number {
    return this.#writtenOctets + (this.destroyed ? 0 : this.writableLength);
  }

  /** Octets that wait in this process. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** Milliseconds without traffic after which 'timeout' is emitted. 0 or undefined: never. */
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
    return this.#remote?.address;
  }

  get remotePort(): number | undefined {
    return this.#remote?.port;
  }

  get remoteFamily(): 'IPv4' | undefined {
    return this.#remote?.family;
  }

  get #local(): SocketAddress | undefined {
    return this.pending ? undefined : this.#connection?.local;
  }

  get #remote(): AddressInfo | undefined {
    if (this.#phase === 'open') this.#peer ??= toAddressInfo(this.#connection!.remote);
    return this.#peer;
  }

  address(): AddressInfo | Record<string, never> {
    return this.#local === undefined ? {} : toAddressInfo(this.#local);
  }

  /** Opens a connection, also after destroy(). Emits 'connect', or 'error' and 'close'. */
  connect(...args: ConnectArguments): this {
    const { options, listener } = normalizeConnect(args);
    if (listener !== undefined) this.once('connect', listener);
    if (typeof options.timeout === 'number') this.setTimeout(options.timeout);
    if (this.#phase === 'connecting' || this.#phase === 'open') return this.#refuseConnect(options);
    if (this.destroyed) this.#renew();
    this.#options = { ...this.#options, ...optionsOf(options) };
    this.#phase = 'connecting';
    this.#settleHold();
    const host = options.host ?? 'localhost';
    if (options.lookup == null || isIPv4(host)) this.#open(options, host);
    else this.#lookup(options, host, options.lookup);
    return this;
  }

  /** Like Node: a second connect() while one is in progress is an error of the socket. */
  #refuseConnect({ host, port }: ConnectOptions): this {
    const code = this.connecting ? 'EALREADY' : 'EISCONN';
    const place = { address: host ?? 'localhost', port: checkPort(port) };
    return this.destroy(systemError(code, { syscall: 'connect', ...place }));
  }

  /** Resets a destroyed socket to its initial state, as Node's connect() does. */
  #renew(): void {
    (this as unknown as { _undestroy(): void })._undestroy();
    this.#connection = undefined;
    this.#peer = undefined;
    this.#reset = false;
    this.#writtenOctets = 0;
  }

  #lookup(options: ConnectOptions, host: string, lookup: LookupFunction): void {
    const waiting = this.#waiting;
    lookup(host, { family: 4, all: false }, (error, address) => {
      // The socket was destroyed meanwhile. It may be connecting again.
      if (this.#waiting !== waiting) return;
      this.emit('lookup', error, address, 4, host);
      if (error) this.destroy(error);
      else this.#open(options, String(address));
    });
  }

  /** True: sends small segments at once (TCP_NODELAY). False: uses Nagle's algorithm. */
  setNoDelay(noDelay = true): this {
    return this.setTcpOptions({ noDelay });
  }

  /** Keepalives on or off, after `initialDelayMs` without traffic. 0: the delay does not change. */
  setKeepAlive(enable = false, initialDelayMs = 0): this {
    return this.setTcpOptions({ keepAlive: enable, ...keepAliveIdleMs(initialDelayMs) });
  }

  /**
   * Changes TCP options, before or after the connection is opened. An absent option does not
   * change. Throws ERR_OUT_OF_RANGE. Emits 'softError' if transport refuses an option.
   */
  setTcpOptions(options: TcpSocketOptions): this {
    checkTcpOptions(options);
    this.#options = { ...this.#options, ...options };
    this.#connection?.setOptions(options);
    return this;
  }

  /**
   * What transport knows of the connection (Linux: TCP_INFO), in octets and milliseconds. All calls
   * before the answer share one request. Rejects with ERR_SOCKET_CLOSED if there is no connection,
   * or it ends before the answer, and with ETIMEDOUT if transport does not answer within 2 s.
   */
  getTcpInfo(): Promise<SocketEntry> {
    return this.#connection?.getInfo() ?? Promise.reject(closedSocket());
  }

  /** Writes `data`, in order with other writes. Its last octet is urgent (MSG_OOB). */
  sendUrgent(data: string | Uint8Array, callback?: Done): boolean {
    return this.write(asUrgent(data), callback);
  }

  /** Emits 'timeout' after `timeoutMs` without traffic, and stays open. 0: never. */
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
    this.#settleHold();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#settleHold();
    return this;
  }

  /** Ends the writing side, and destroys the socket when transport has taken all data. */
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

  /** Transport sends data without being asked, within the credit. A read extends the credit. */
  override _read(): void {
    this.#reading = true;
    this.#settleHold();
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
      this.#waiting.push({ go: () => this._final(callback) });
      return;
    }
    this.#connection!.shutdown();
    callback();
  }

  override _destroy(error: Error | null, callback: Done): void {
    this.#idle.stop();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#phase = 'closed';
    this.#reading = false;
    this.#settleHold();
    const how = this.#reset ? 'abort' : 'close';
    this.#connection?.leave(how, error ?? systemError('ECANCELED', { syscall: 'write' }));
    callback(error);
    process.nextTick(() => {
      for (const { fail } of waiting) fail?.(closedBeforeConnection());
      this.emit('close', error !== null);
    });
    this.#onDestroyed?.();
    this.#onDestroyed = undefined;
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
    const wanted = { local, remote, options: this.#options };
    this.#connection = Connection.open(this.#host, this.#owner(), wanted);
  }

  #owner(): ConnectionOwner {
    return {
      connected: () => this.#onConnected(),
      received: (data) => {
        if (!this.push(data)) this.#stopReading();
        this.#extendCredit();
      },
      ended: () => this.#onEnd(),
      reported: (report) => emitReport(this, report),
      moved: () => this.#idle.touch(),
      closed: (error) => this.#onClosed(error),
    };
  }

  #onConnected(): void {
    this.#phase = 'open';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { go } of waiting) go();
    this.#settleHold();
    this.emit('connect');
    this.emit('ready');
    // Like Node: starts reading, so that data and FIN are noticed before the application reads.
    if (this.readable && !this.isPaused()) this.read(0);
  }

  #onEnd(): void {
    this.push(null);
    this.#stopReading();
    // A stream emits 'end' only after a read. With no data left, an application might never read.
    if (this.readableLength === 0) super.read(0);
  }

  #onClosed(error: Error | undefined): void {
    this.#stopReading();
    if (error !== undefined) this.destroy(error);
    // All data and FIN came before this. The application may still be reading them.
    else if (!this.readableEnded) this.push(null);
  }

  #write(chunks: readonly Buffer[], callback: Done): void {
    if (this.connecting) {
      this.#waiting.push({ go: () => this.#write(chunks, callback), fail: callback });
    } else if (this.pending) {
      callback(closedSocket());
    } else {
      this.#idle.touch();
      const octets = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      this.#writing = true;
      this.#connection!.write(chunks, (error) => {
        this.#writing = false;
        this.#writtenOctets += octets;
        callback(error);
        this.#settleHold();
      });
      this.#settleHold();
    }
  }

  #extendCredit(): void {
    this.#connection?.extendCredit(this.readableLength);
  }

  #stopReading(): void {
    this.#reading = false;
    this.#settleHold();
  }

  /** Keeps the process alive while connecting or writing, and while a referenced socket reads. */
  #settleHold(): void {
    const isOpen = this.#phase === 'open';
    const isAsking = this.connecting || (isOpen && this.#writing);
    const holds = isAsking || (isOpen && this.#reading && this.#referenced);
    if (holds === this.#isHolding) return;
    this.#isHolding = holds;
    if (holds) this.#host.liveness.hold(this);
    else this.#host.liveness.release(this);
  }
}
