import type { Logger } from '@strata/runtime';
import type { DatagramSocket, Server } from '@strata/sockets';

/** Time between two attempts to listen. The first attempt after a loss is immediate. */
const RETRY_MS = 1000;

/** What {@link KeptListener} needs of a TCP server or a UDP port. */
export interface Listener {
  /** Starts a new attempt. The emitter emits 'listening' or 'error'. */
  start(): NodeJS.EventEmitter;
  stop(): void;
}

/**
 * Keeps a listener open. If transport refuses the port, or loses it because transport is replaced,
 * the listener tries again until it is stopped.
 */
export class KeptListener {
  readonly #listener: Listener;
  readonly #name: string;
  readonly #log: Logger;
  /** Resolves when the port is first open or refused. Pending while transport does not answer. */
  readonly settled: Promise<void>;
  #settle: () => void = () => {};
  #retry: NodeJS.Timeout | undefined;
  #problem: string | undefined = 'not listening yet';
  #stopped = false;

  /** `name` appears in messages: `HTTP on port 80`. */
  constructor(name: string, listener: Listener, log: Logger) {
    this.#name = name;
    this.#listener = listener;
    this.#log = log;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#start();
  }

  /** Why the port is not open. Undefined if it is open. */
  get problem(): string | undefined {
    return this.#problem && `${this.#name}: ${this.#problem}`;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#settle();
    this.#listener.stop();
  }

  #start(): void {
    const emitter = this.#listener.start();
    const onListening = () => {
      this.#problem = undefined;
      this.#settle();
      this.#log.info({}, `${this.#name} is open`);
    };
    emitter.once('listening', onListening);
    emitter.once('error', (error: NodeJS.ErrnoException) => {
      emitter.removeListener('listening', onListening);
      // The next attempt has its own emitter. Further errors of this one are ignored.
      emitter.on('error', () => {});
      if (this.#stopped) return;
      const wasOpen = this.#problem === undefined;
      if (this.#problem !== error.message) this.#log.warn({ err: error }, `${this.#name} failed`);
      this.#problem = error.message;
      if (error.code !== 'ETIMEDOUT') this.#settle();
      this.#retry = setTimeout(() => this.#start(), wasOpen ? 0 : RETRY_MS);
    });
  }
}

/** Keeps the TCP port of a server open. `create`: makes a server for each attempt. */
export function listenTcp(
  name: string,
  create: () => Server,
  port: number,
  log: Logger,
): KeptListener {
  let server: Server | undefined;
  const listener = {
    start: () => {
      // Replicas of the service share the port. A restarted service also need not wait until
      // transport gives up its predecessor.
      server = create().listen({ port, reusePort: true });
      return server;
    },
    stop: () => {
      server?.close(() => undefined);
    },
  };
  return new KeptListener(name, listener, log);
}

/** Keeps a UDP port open. `create`: makes a socket, not bound yet, for each attempt. */
export function listenUdp(
  name: string,
  create: () => DatagramSocket,
  port: number,
  log: Logger,
): KeptListener {
  let socket: DatagramSocket | undefined;
  const listener = {
    start: () => {
      const bound = create().bind(port);
      // A refused or lost port closes by itself. Forget it: a second close() throws.
      bound.once('close', () => {
        if (socket === bound) socket = undefined;
      });
      socket = bound;
      return bound;
    },
    stop: () => socket?.close(),
  };
  return new KeptListener(name, listener, log);
}
