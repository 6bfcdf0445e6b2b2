import { createWriteStream, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { CliError } from '../failure.ts';

/** How long the reader of a FIFO may take nothing of what is left at the end. */
const CLOSE_MS = 2000;

/** Where lines or captured octets go: a file or standard output. */
export class Output {
  readonly #stream: Writable;
  readonly #isStandard: boolean;
  /** Rejects where it cannot be written to; resolves when its reader is gone. Otherwise pending. */
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
    // It may break when nobody waits for it any more.
    this.broken.catch(() => undefined);
  }

  static standard(): Output {
    return new Output(process.stdout, true, 'standard output');
  }

  /**
   * Opens a file, made empty, or a FIFO, such as Wireshark reads from: then it waits for the reader. Rejects with CliError where it cannot.
   */
  static async file(path: string): Promise<Output> {
    try {
      const fd = await promisify(open)(path, 'w');
      const isFifo = (await promisify(fstat)(fd)).isFIFO();
      // To a FIFO without blocking: a reader that stands still must not keep a thread, without which the process cannot end.
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

  /** Resolves when all is written, or when the reader of a FIFO takes nothing of it for `waitMs`: then the rest is lost. */
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
