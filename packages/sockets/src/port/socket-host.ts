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
   * Name of this application instance, where transport sends indications to: one token of a
   * subject.
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
 * Requests that wait for the end of a batch go all the same when the first of them has waited so
 * long.
 */
const MAX_HOLD_MS = 1;

type Handler = (indication: TransportIndication) => void;

/** What the sockets of one stack share: the way to transport, ids, and who owns which id. */
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
  /** Called when the last socket is gone. */
  #whenEmpty: (() => void)[] = [];
  /**
   * What was asked while a batch of indications is handed out: it goes down in one piece behind the
   * last of them.
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
   * Sends a request to transport, in order: now, or behind the batch of indications that is being
   * handed out.
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
   * Gives each indication a callback of the event loop of its own, as each read of Node's `net`
   * has: what an earlier one led to, by promises and process.nextTick, is done before the next. The
   * end of a stream comes a turn behind its data, as the kernel's does, where read() of EOF follows
   * the next poll: an answer that waits for setImmediate is still in time. `closed` is behind the
   * end. A listener of the application's that throws is uncaught, as anywhere in Node, and other
   * sockets go on.
   *
   * What the callbacks of one batch ask for goes to transport together: the answers to 24 requests
   * pass each layer in one call, and not 24.
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
