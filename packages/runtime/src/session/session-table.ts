import { MAX_FINISHED } from './options.ts';
import { Session } from './session.ts';

/** Sessions by endpoint and socket, and a bounded memory of those that ended. */
export class SessionTable<Out, In> {
  readonly #endpoints = new Map<string, Map<number, Session<Out, In>>>();
  /** The last sequence that was taken, by `finishedKey`. The oldest entry is removed first. */
  readonly #finished = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(endpoint: string, socket: number): Session<Out, In> | undefined {
    return this.#endpoints.get(endpoint)?.get(socket);
  }

  create(endpoint: string, socket: number, nowMs: number): Session<Out, In> {
    let sockets = this.#endpoints.get(endpoint);
    if (sockets === undefined) {
      sockets = new Map();
      this.#endpoints.set(endpoint, sockets);
    }
    const session = new Session<Out, In>(endpoint, socket, nowMs);
    sockets.set(socket, session);
    this.#size += 1;
    return session;
  }

  /** Removes a session. Returns whether it was there. */
  remove(session: Session<Out, In>): boolean {
    const sockets = this.#endpoints.get(session.endpoint);
    if (sockets?.delete(session.socket) !== true) return false;
    this.#size -= 1;
    if (sockets.size === 0) this.#endpoints.delete(session.endpoint);
    return true;
  }

  /** Removes a session and remembers its last sequence. */
  finish(session: Session<Out, In>): void {
    if (!this.remove(session)) return;
    this.#finished.set(finishedKey(session.endpoint, session.socket), session.rcvNxt - 1);
    if (this.#finished.size <= MAX_FINISHED) return;
    for (const oldest of this.#finished.keys()) {
      this.#finished.delete(oldest);
      break;
    }
  }

  /** The last sequence that an ended session took. Undefined: none is remembered. */
  finishedAt(endpoint: string, socket: number): number | undefined {
    return this.#finished.get(finishedKey(endpoint, socket));
  }

  /** Whether the endpoint has a session. */
  has(endpoint: string): boolean {
    return this.#endpoints.has(endpoint);
  }

  /** The sessions of one endpoint. The list does not change later. */
  of(endpoint: string): Session<Out, In>[] {
    return [...(this.#endpoints.get(endpoint)?.values() ?? [])];
  }

  *[Symbol.iterator](): IterableIterator<Session<Out, In>> {
    for (const sockets of this.#endpoints.values()) yield* sockets.values();
  }
}

function finishedKey(endpoint: string, socket: number): string {
  return `${endpoint} ${socket}`;
}
