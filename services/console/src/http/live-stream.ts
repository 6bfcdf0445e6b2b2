import type { ServerResponse } from 'node:http';

/** Most octets that wait for a slow viewer. Beyond it items are dropped. */
const MAX_WAITING_OCTETS = 4 * 1024 * 1024;
/** Time between two reports of dropped items. */
const REPORT_MS = 1000;

/**
 * A response without an end, until the client leaves. For a client that reads too slowly whole
 * items are dropped and counted: a slow client never slows down the source.
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

  /** Sends the headers before the first item. */
  begin(): void {
    if (!this.#ended) this.#response.flushHeaders();
  }

  /** Items that did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends an item that later items depend on; it is never dropped. */
  writeAlways(item: Uint8Array): void {
    if (!this.#ended) this.#response.write(item);
  }

  /** Sends an item, or drops it if too much waits. */
  write(item: string | Uint8Array): void {
    if (this.#ended) return;
    if (this.#response.writableLength > MAX_WAITING_OCTETS) this.#dropped += 1;
    else this.#response.write(item);
  }

  end(): void {
    if (!this.#ended) this.#response.end();
  }
}

/**
 * Calls `report` with the number of missed items, in each second in which it has grown. Returns a
 * function that stops the reports.
 */
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
