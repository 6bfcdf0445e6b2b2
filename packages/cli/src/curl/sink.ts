import { once } from 'node:events';
import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { Writable } from 'node:stream';

/** Where a body goes: a file, which is made when it is wanted, or standard output. */
export class Sink {
  readonly file: string | undefined;
  readonly stream: Writable;
  octets = 0;
  /** Why the file could not be written. */
  fault: string | undefined;
  #output: WriteStream | undefined;

  constructor(file: string | undefined) {
    this.file = file === '-' ? undefined : file;
    if (this.file === undefined) {
      this.stream = counted(process.stdout, (octets) => this.#count(octets));
      return;
    }
    const name = this.file;
    this.stream = new Writable({
      highWaterMark: 1_048_576,
      write: (chunk: Buffer, _encoding, done) => {
        this.#count(chunk.byteLength);
        try {
          this.#open(name).write(chunk, done);
        } catch (error) {
          done(error as Error);
        }
      },
    });
    this.stream.on('error', (error: NodeJS.ErrnoException) => {
      this.fault = `Failed to write ${name}: ${error.code ?? error.message}`;
    });
  }

  /** Everything is written. `makes`: the file exists even if nothing was. */
  async finish(makes: boolean): Promise<void> {
    if (this.file === undefined || this.fault !== undefined) return;
    await new Promise<void>((resolve) => {
      this.stream.once('error', () => resolve());
      this.stream.end(() => resolve());
    });
    if (this.fault !== undefined || (this.#output === undefined && !makes)) return;
    try {
      const output = this.#open(this.file);
      output.end();
      await once(output, 'close');
    } catch (error) {
      this.fault = `Failed to write ${this.file}: ${(error as NodeJS.ErrnoException).code}`;
    }
  }

  #count(octets: number): void {
    this.octets += octets;
  }

  #open(name: string): WriteStream {
    if (this.#output === undefined) {
      // The error comes at once, not with the first write.
      this.#output = createWriteStream(name, { fd: openSync(name, 'w') });
      this.#output.on('error', (error) => this.stream.destroy(error));
    }
    return this.#output;
  }
}

/** Standard output, with its octets counted. It is not ended; a closed pipe is its own matter. */
function counted(target: NodeJS.WriteStream, count: (octets: number) => void): Writable {
  const stream = new Writable({
    highWaterMark: 1_048_576,
    write: (chunk: Buffer, _encoding, done) => {
      count(chunk.byteLength);
      target.write(chunk, (error) => done(error));
    },
  });
  stream.on('error', () => undefined);
  return stream;
}
