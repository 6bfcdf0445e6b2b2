import type { Logger } from '@strata/runtime';

/** Time between two attempts to listen. The first after it was open comes at once. */
const RETRY_MS = 1000;

/** What keepListening needs of a TCP server or a UDP port. */
export interface Listener {
  /** Begins anew; 'listening' or 'error' follows. */
  start(): NodeJS.EventEmitter;
  stop(): void;
}

/**
 * Keeps a listener open: where transport cannot give the port now, or loses it as it is replaced, it tries again
 * until it is stopped.
 */
export class KeptListener {
  readonly #listener: Listener;
  readonly #name: string;
  readonly #log: Logger;
  /** Resolves when it is open for the first time, or was refused. While transport does not answer it waits. */
  readonly settled: Promise<void>;
  #settle: () => void = () => {};
  #retry: NodeJS.Timeout | undefined;
  #problem: string | undefined = 'not listening yet';
  #stopped = false;

  /** `name` for people: `HTTP on port 80`. */
  constructor(name: string, listener: Listener, log: Logger) {
    this.#name = name;
    this.#listener = listener;
    this.#log = log;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#start();
  }

  /** Why it does not listen; undefined: it does. */
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
      // The next attempt hears of its own errors; one that comes in between says nothing new.
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
