import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { CliError } from '../failure.ts';

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

  /** Opens a file, made empty. Rejects with CliError where it cannot. */
  static async file(path: string): Promise<Output> {
    const stream = createWriteStream(path);
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => resolve());
      stream.once('error', (error) =>
        reject(new CliError(`cannot write ${path}: ${error.message}`)),
      );
    });
    return new Output(stream, false, path);
  }

  write(what: string | Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(what);
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#stream.writable) resolve();
      else if (this.#isStandard) this.#stream.write('', () => resolve());
      else this.#stream.end(() => resolve());
    });
  }
}
