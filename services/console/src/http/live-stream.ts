import type { ServerResponse } from 'node:http';

/** Octets that may wait for a slow viewer before it misses something. */
const MAX_WAITING_OCTETS = 4 * 1024 * 1024;
/** How often a viewer is told what it missed. */
const REPORT_MS = 1000;

/**
 * A response that goes on until the client leaves. A client that reads too slowly misses whole items, which are counted;
 * it never holds up what it watches.
 */
export class LiveStream {
  readonly #response: ServerResponse;
  #dropped = 0;
  #ended = false;

  constructor(response: ServerResponse, contentType: string, onEnd: () => void) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.once('close', () => {
      this.#ended = true;
      onEnd();
    });
  }

  /** Sends the headers, though there is no item yet. */
  begin(): void {
    if (!this.#ended) this.#response.flushHeaders();
  }

  /** Items that did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends what the others are of no use without. */
  writeAlways(item: Uint8Array): void {
    if (!this.#ended) this.#response.write(item);
  }

  /** Sends an item, or drops it. */
  write(item: string | Uint8Array): void {
    if (this.#ended) return;
    if (this.#response.writableLength > MAX_WAITING_OCTETS) this.#dropped += 1;
    else this.#response.write(item);
  }

  end(): void {
    if (!this.#ended) this.#response.end();
  }
}

/** Calls `report` with the number of missed items, each second that it has grown. Returns how to stop it. */
export function reportDropped(count: () => number, report: (dropped: number) => void): () => void {
  let reported = 0;
  const timer = setInterval(() => {
    const dropped = count();
    if (dropped === reported) return;
    reported = dropped;
    report(dropped);
  }, REPORT_MS);
  return () => clearInterval(timer);
}
