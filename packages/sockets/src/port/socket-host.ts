import type {
  SocketId,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { Liveness } from './liveness.ts';
import { Slab } from './slab.ts';
import { SocketIds } from './socket-id.ts';
import type { TransportPort } from './transport-port.ts';

export interface HostOptions {
  readonly port: TransportPort;
  /**
   * Name of this application instance, one token of a subject. Transport sends indications to it.
   */
  readonly endpoint: string;
  /**
   * Octets per connection that may be on their way to a reader or wait for it, 4,096 or more.
   * Default 1 Mi.
   */
  readonly receiveWindowOctets?: number | undefined;
  /** Options of every TCP socket that does not set its own. */
  readonly tcpOptions?: TcpSocketOptions | undefined;
}

/**
 * Requests wait for the end of a batch, but no longer than this: then all waiting requests are
 * sent.
 */
const MAX_HOLD_MS = 1;

type Handler = (indication: TransportIndication) => void;

/**
 * What the sockets of one stack share: the way to transport, socket ids, and the owner of each id.
 */
export class SocketHost {
  readonly endpoint: string;
  readonly receiveWindowOctets: number;
  readonly maxPduOctets: number;
  readonly tcpOptions: TcpSocketOptions;
  readonly slab = new Slab();
  readonly liveness = new Liveness();
  readonly #port: TransportPort;
  readonly #handlers = new Map<SocketId, Handler>();
  readonly #ids = new SocketIds((id) => this.#handlers.has(id));
  /** Called when transport has closed the last socket. */
  #whenEmpty: (() => void)[] = [];
  /**
   * Requests made while a batch of indications is dispatched. They are sent together after its last
   * indication.
   */
  #held: TransportRequest[] = [];
  #isHolding = false;
  #heldSinceMs = 0;

  constructor(options: HostOptions) {
    this.endpoint = options.endpoint;
    this.receiveWindowOctets = options.receiveWindowOctets ?? 1048576;
    this.tcpOptions = options.tcpOptions ?? {};
    this.#port = options.port;
    this.maxPduOctets = options.port.maxPduOctets;
    options.port.onIndications((indications) => this.#dispatchLater(indications));
  }

  newSocketId(): SocketId {
    return this.#ids.next();
  }

  /**
   * Sends a request to transport, in order. While a batch of indications is dispatched, the request
   * waits for the end of the batch.
   */
  request(request: TransportRequest): void {
    if (!this.#isHolding) {
      this.#port.send([request]);
      return;
    }
    const nowMs = performance.now();
    if (this.#held.length === 0) this.#heldSinceMs = nowMs;
    this.#held.push(request);
    if (nowMs - this.#heldSinceMs >= MAX_HOLD_MS) this.#sendHeld();
  }

  #sendHeld(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    this.#port.send(held);
  }

  /** Indications about `id` go to `handler` until transport says that the socket is closed. */
  register(id: SocketId, handler: Handler): void {
    this.#handlers.set(id, handler);
  }

  /** Ids that transport has not closed yet. */
  get openSockets(): number {
    return this.#handlers.size;
  }

  /** Resolves when transport has closed every socket, or after `timeoutMs`. */
  async whenEmpty(timeoutMs: number): Promise<void> {
    if (this.#handlers.size === 0 || timeoutMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#whenEmpty.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#release();
    await this.#port.close();
    this.#handlers.clear();
    this.liveness.releaseAll();
  }

  /**
   * Each indication gets its own callback of the event loop, as each read of Node's `net` does. So
   * the promises and process.nextTick callbacks of one indication run before the next one. The end
   * of a stream is dispatched one turn after its data, as on the kernel, where EOF is read after
   * the next poll: an answer that waits for setImmediate is still in time. `closed` comes after the
   * end. An exception in an application's listener is uncaught, as anywhere in Node, and other
   * sockets continue.
   *
   * The requests of all callbacks of a batch go to transport together. For example, the answers to
   * 24 HTTP requests pass each layer in one call instead of 24.
   */
  #dispatchLater(indications: readonly TransportIndication[]): void {
    const last = indications.findLastIndex((it) => !isEnd(it));
    for (let at = 0; at < indications.length; at += 1) {
      const indication = indications[at]!;
      if (isEnd(indication)) setImmediate(() => setImmediate(this.#dispatch, indication));
      else setImmediate(at < last ? this.#dispatchHolding : this.#dispatchLast, indication);
    }
  }

  readonly #dispatchHolding = (indication: TransportIndication): void => {
    this.#isHolding = true;
    this.#dispatch(indication);
  };

  readonly #dispatchLast = (indication: TransportIndication): void => {
    try {
      this.#dispatch(indication);
    } finally {
      if (this.#isHolding) queueMicrotask(this.#release);
    }
  };

  readonly #release = (): void => {
    this.#isHolding = false;
    this.#sendHeld();
  };

  readonly #dispatch = (indication: TransportIndication): void => {
    const handler = this.#handlers.get(indication.socket);
    if (indication.kind === 'closed') {
      this.#handlers.delete(indication.socket);
      if (this.#handlers.size === 0) for (const done of this.#whenEmpty.splice(0)) done();
    }
    if (handler !== undefined) {
      handler(indication);
    } else if (indication.kind === 'offer') {
      const listener = this.#handlers.get(indication.listener);
      if (listener === undefined) this.request({ kind: 'abort', socket: indication.socket });
      else listener(indication);
    }
  };
}

function isEnd({ kind }: TransportIndication): boolean {
  return kind === 'end' || kind === 'closed';
}
