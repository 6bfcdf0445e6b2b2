import { EventEmitter } from 'node:events';
import type { SocketAddress, SocketId, TransportIndication } from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { type AddressInfo, checkPort, toAddressInfo, toSocketAddress } from '../address-info.ts';
import { errorOfReason, systemError, usageError } from '../errors.ts';
import type { SocketHost } from '../port/socket-host.ts';
import { Socket } from './socket.ts';
import {
  boundOptions,
  type OfferedConnection,
  optionsOf,
  type SocketOptions,
} from './socket-options.ts';

/** Most connections that wait for the application. Node has the same default. */
const DEFAULT_BACKLOG = 511;

export interface ServerOptions extends SocketOptions {
  /** Connections start paused. Default false. */
  readonly pauseOnConnect?: boolean | undefined;
}

export interface ListenOptions {
  /** 0: transport chooses a free port. Default 0. */
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
  readonly backlog?: number | undefined;
  /**
   * Shares the port with other listeners that set this option too, in this program or another. They
   * get the connections in turns. Default false: the second listener gets EADDRINUSE.
   */
  readonly reusePort?: boolean | undefined;
  /** Has no effect, as in a Node process outside a cluster. Only `reusePort` shares a port. */
  readonly exclusive?: boolean | undefined;
}

export type ListenArguments =
  | readonly [options: ListenOptions, listener?: () => void]
  | readonly [port?: number | string, listener?: () => void]
  | readonly [port: number | string, host: string, listener?: () => void]
  | readonly [port: number | string, backlog: number, listener?: () => void]
  | readonly [port: number | string, host: string, backlog: number, listener?: () => void];

type OnConnection = (socket: Socket) => void;

export type ServerArguments =
  | readonly [onConnection?: OnConnection]
  | readonly [options: ServerOptions | null | undefined, onConnection?: OnConnection];

/** A TCP listener of the stack, with the interface of Node's `net.Server`. */
export class Server extends EventEmitter {
  /**
   * Most connections at once. A further connection is closed as soon as it is open, and 'drop' is
   * emitted. Undefined: no limit.
   */
  maxConnections: number | undefined;
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  readonly #host: SocketHost;
  readonly #options: ServerOptions;
  #connections = 0;
  #id: SocketId = 0;
  #local: SocketAddress | undefined;
  #wanted: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };
  #referenced = true;

  /** Throws ERR_INVALID_ARG_TYPE if `options` is not an object. */
  constructor(host: SocketHost, ...[given, listener]: ServerArguments) {
    super();
    const [options, onConnection] =
      typeof given === 'function' ? [{}, given] : [given ?? {}, listener];
    if (typeof options !== 'object') {
      const message = `The "options" argument must be of type object. Received type ${typeof options}`;
      throw usageError('ERR_INVALID_ARG_TYPE', message);
    }
    this.#host = host;
    this.#options = options;
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    this.pauseOnConnect = options.pauseOnConnect ?? false;
    if (onConnection !== undefined) this.on('connection', onConnection);
  }

  get listening(): boolean {
    return this.#local !== undefined;
  }

  address(): AddressInfo | null {
    return this.#local === undefined ? null : toAddressInfo(this.#local);
  }

  /**
   * Emits 'listening' or 'error'. Throws ERR_SERVER_ALREADY_LISTEN, and ERR_OUT_OF_RANGE for a TCP
   * option.
   */
  listen(...args: ListenArguments): this {
    if (this.#id !== 0) {
      throw usageError(
        'ERR_SERVER_ALREADY_LISTEN',
        'Listen method has been called more than once without closing.',
      );
    }
    const { options, listener } = normalizeListen(args);
    const wanted = toSocketAddress(options.host, checkPort(options.port ?? 0));
    const given = this.#options;
    const tcpOptions = boundOptions(this.#host.tcpOptions, given.tcp, optionsOf(given));
    if (listener !== undefined) this.once('listening', listener);
    this.#wanted = wanted;
    this.#id = this.#host.newSocketId();
    this.#host.register(this.#id, (indication) => this.#handle(indication));
    this.#host.request({
      kind: 'listen',
      socket: this.#id,
      endpoint: this.#host.endpoint,
      local: wanted,
      backlog: Math.max(1, options.backlog ?? DEFAULT_BACKLOG),
      options: tcpOptions,
      ...(options.reusePort === undefined ? {} : { reusePort: options.reusePort }),
    });
    if (this.#referenced) this.#host.liveness.hold(this);
    return this;
  }

  /** Accepts no more connections. 'close' is emitted when all open connections have ended. */
  close(callback?: (error?: Error) => void): this {
    if (this.#id === 0) {
      const error = usageError('ERR_SERVER_NOT_RUNNING', 'Server is not running.');
      if (callback !== undefined) process.nextTick(callback, error);
      return this;
    }
    if (callback !== undefined) this.once('close', () => callback());
    this.#host.request({ kind: 'close', socket: this.#id });
    this.#stopped();
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.close(() => resolve());
    });
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.#connections);
    return this;
  }

  ref(): this {
    this.#referenced = true;
    if (this.#id !== 0) this.#host.liveness.hold(this);
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#host.liveness.release(this);
    return this;
  }

  #handle(indication: TransportIndication): void {
    switch (indication.kind) {
      case 'listening':
        if (this.#id !== indication.socket) return;
        this.#local = indication.local;
        this.emit('listening');
        break;
      case 'offer':
        this.#offered(indication);
        break;
      case 'closed':
        this.#onClosed(indication);
        break;
    }
  }

  #offered(offer: TransportIndication & { kind: 'offer' }): void {
    if (this.#id !== offer.listener) {
      this.#host.request({ kind: 'abort', socket: offer.socket });
      return;
    }
    if (this.#isFull()) return this.#drop(offer);
    const options = { ...this.#options, allowHalfOpen: this.allowHalfOpen };
    const onDestroyed = () => {
      this.#connections -= 1;
      this.#closeIfDone();
    };
    const socket = new Socket(this.#host, options, { offered: offer, onDestroyed });
    socket.server = this;
    this.#connections += 1;
    // Like Node: starts reading, so that data and FIN are noticed before the application reads.
    if (this.pauseOnConnect) socket.pause();
    else socket.read(0);
    this.emit('connection', socket);
  }

  /**
   * Accepts the connection and closes it, as Node does. The peer gets FIN, or RST if it has already
   * sent data.
   */
  #drop({ socket, local, remote }: OfferedConnection): void {
    const { endpoint } = this.#host;
    this.#host.request({ kind: 'accept', socket, endpoint, creditOctets: 0 });
    this.#host.request({ kind: 'close', socket });
    const { address, port } = toAddressInfo(remote);
    this.emit('drop', {
      localAddress: toAddressInfo(local).address,
      localPort: local.port,
      localFamily: 'IPv4',
      remoteAddress: address,
      remotePort: port,
      remoteFamily: 'IPv4',
    });
  }

  #isFull(): boolean {
    return this.maxConnections !== undefined && this.#connections >= this.maxConnections;
  }

  /** Transport closed the listener, or refused it. After our own close() this is ignored. */
  #onClosed(indication: TransportIndication & { kind: 'closed' }): void {
    if (this.#id !== indication.socket) return;
    const { address, port } = toAddressInfo(this.#wanted);
    const wasListening = this.listening;
    this.#stopped();
    const place = { syscall: 'listen', address, port, detail: indication.detail };
    const reason = indication.reason === 'aborted' ? 'shut down' : indication.reason;
    this.emit(
      'error',
      reason === 'finished' && wasListening
        ? systemError('ENETDOWN', place)
        : errorOfReason(reason, place),
    );
  }

  #stopped(): void {
    this.#id = 0;
    this.#local = undefined;
    this.#host.liveness.release(this);
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#id !== 0 || this.#connections > 0) return;
    process.nextTick(() => {
      if (this.#id === 0 && this.#connections === 0) this.emit('close');
    });
  }
}

function normalizeListen(args: ListenArguments): {
  readonly options: ListenOptions;
  readonly listener: (() => void) | undefined;
} {
  const listener = args.find((argument): argument is () => void => typeof argument === 'function');
  const first = args[0];
  const rest: readonly unknown[] = args.slice(1);
  if (typeof first === 'object') return { options: first, listener };
  return {
    options: {
      port: typeof first === 'function' ? 0 : first,
      host: rest.find((argument): argument is string => typeof argument === 'string'),
      backlog: rest.find((argument): argument is number => typeof argument === 'number'),
    },
    listener,
  };
}
