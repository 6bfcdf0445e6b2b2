import { createWriteStream, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { CliError } from '../failure.ts';

/** How long close() waits for a FIFO's reader that reads nothing. */
const CLOSE_MS = 2000;

/** The output for lines or captured octets: a file, a FIFO or standard output. */
export class Output {
  readonly #stream: Writable;
  readonly #isStandard: boolean;
  /** Rejects if a write fails; resolves when the reader is gone. Otherwise pending. */
  readonly broken: Promise<void>;

  private constructor(stream: Writable, isStandard: boolean, name: string) {
    this.#stream = stream;
    this.#isStandard = isStandard;
    this.broken = new Promise((resolve, reject) => {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') resolve();
        else reject(new CliError(`cannot write ${name}: ${error.message}`));
      });
    });
    // It may reject when nobody waits for it any more.
    this.broken.catch(() => undefined);
  }

  static standard(): Output {
    return new Output(process.stdout, true, 'standard output');
  }

  /**
   * Opens and empties a file, or opens a FIFO (for Wireshark) and waits for its reader. Rejects
   * with CliError if the open fails.
   */
  static async file(path: string): Promise<Output> {
    try {
      const fd = await promisify(open)(path, 'w');
      const isFifo = (await promisify(fstat)(fd)).isFIFO();
      // Writes to a FIFO must not block: a stalled reader would hold a pool thread, and the process
      // could not end.
      const stream = isFifo
        ? new Socket({ fd, readable: false, writable: true })
        : createWriteStream(path, { fd });
      return new Output(stream, false, path);
    } catch (error) {
      throw new CliError(`cannot write ${path}: ${(error as Error).message}`);
    }
  }

  write(what: string | Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(what);
  }

  /** Whether the reader is gone, or a write failed: nothing more is written. */
  get isGone(): boolean {
    return !this.#stream.writable;
  }

  /** Resolves when little waits to be written: for a source that can wait. */
  async drained(): Promise<void> {
    if (!this.#stream.writableNeedDrain) return;
    const drain = new Promise<void>((resolve) => this.#stream.once('drain', resolve));
    await Promise.race([drain, this.broken]);
  }

  /**
   * Resolves when all is written. If a FIFO's reader reads nothing for `waitMs`, the rest is
   * discarded.
   */
  close(waitMs = CLOSE_MS): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      if (!stream.writable) return resolve();
      if (this.#isStandard) {
        stream.write('', () => resolve());
        return;
      }
      if (stream instanceof Socket) destroyWhenStuck(stream, waitMs);
      stream.once('close', resolve);
      stream.end();
    });
  }
}

function destroyWhenStuck(stream: Socket, waitMs: number): void {
  let left = stream.writableLength;
  const timer = setInterval(() => {
    if (stream.writableLength < left) left = stream.writableLength;
    else stream.destroy();
  }, waitMs);
  stream.once('close', () => clearInterval(timer));
}
