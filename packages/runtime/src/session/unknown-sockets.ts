/**
 * When messages first came for sockets that are unknown here. Bounded: the oldest entry is removed
 * first.
 */
export class UnknownSockets {
  readonly #graceMs: number;
  readonly #since = new Map<string, number>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /**
   * Whether the socket has been unknown for the grace time. Call it for each message to the socket.
   */
  persists(endpoint: string, socket: number, nowMs: number): boolean {
    const key = `${endpoint} ${socket}`;
    const sinceMs = this.#since.get(key);
    if (sinceMs !== undefined) return nowMs - sinceMs >= this.#graceMs;
    if (this.#since.size >= MAX_UNKNOWN) {
      for (const oldest of this.#since.keys()) {
        this.#since.delete(oldest);
        break;
      }
    }
    this.#since.set(key, nowMs);
    return false;
  }

  /** Forgets a socket that is known now. */
  forget(endpoint: string, socket: number): void {
    if (this.#since.size > 0) this.#since.delete(`${endpoint} ${socket}`);
  }
}

const MAX_UNKNOWN = 8192;
