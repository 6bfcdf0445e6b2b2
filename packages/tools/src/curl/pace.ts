import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Carries a stream to another at no more than `octetsPerSecond`, and as fast as the target takes
 * it. Does not end the target. Rejects if the source fails, or the signal aborts.
 */
export async function carry(
  source: Readable,
  target: Writable,
  octetsPerSecond: number | undefined,
  signal: AbortSignal,
  onData: (octets: number) => void,
): Promise<void> {
  const startMs = performance.now();
  let octets = 0;
  for await (const data of source as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    octets += data.byteLength;
    onData(data.byteLength);
    if (!target.write(data) && target.writable) await once(target, 'drain', { signal });
    if (octetsPerSecond !== undefined) {
      const dueMs = startMs + (octets / octetsPerSecond) * 1000;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    }
  }
}
