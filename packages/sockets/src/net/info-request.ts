import type { SocketEntry } from '@strata/transport';
import { systemError } from '../errors.ts';

/** How long transport may take to answer, milliseconds. */
const TIMEOUT_MS = 2000;

interface Asked {
  readonly promise: Promise<SocketEntry>;
  readonly resolve: (entry: SocketEntry) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Asks transport what it knows of a socket. All calls before the answer share one request and its
 * answer.
 */
export class InfoRequest {
  readonly #timeoutMs: number;
  #asked: Asked | undefined;

  constructor(timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * `send`: sends the request. Rejects with the error given to {@link InfoRequest.fail}, or with
   * ETIMEDOUT if no answer comes in time.
   */
  ask(send: () => void): Promise<SocketEntry> {
    if (this.#asked !== undefined) return this.#asked.promise;
    let resolve: Asked['resolve'] = () => {};
    let reject: Asked['reject'] = () => {};
    const promise = new Promise<SocketEntry>((onEntry, onError) => {
      resolve = onEntry;
      reject = onError;
    });
    const timer = setTimeout(() => {
      const detail = 'transport does not answer';
      this.fail(systemError('ETIMEDOUT', { syscall: 'getsockopt', detail }));
    }, this.#timeoutMs);
    this.#asked = { promise, resolve, reject, timer };
    send();
    return promise;
  }

  answer(entry: SocketEntry): void {
    this.#take()?.resolve(entry);
  }

  fail(error: Error): void {
    this.#take()?.reject(error);
  }

  #take(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) clearTimeout(asked.timer);
    return asked;
  }
}
