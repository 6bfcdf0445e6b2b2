import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Output } from '../src/trace/output.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-output-'));
const fifo = join(folder, 'fifo');
/** More than a pipe holds. */
const PIECE = Buffer.alloc(300_000, 'frames');

beforeAll(() => {
  execFileSync('mkfifo', [fifo]);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('Output', () => {
  it('writes a file whole, made empty before', async () => {
    const path = join(folder, 'file');
    for (let i = 0; i < 2; i += 1) {
      const output = await Output.file(path);
      output.write(PIECE);
      await output.close();
      expect(readFileSync(path).equals(PIECE)).toBe(true);
    }
  });

  it('writes a FIFO whole to a reader that comes later', async () => {
    const opened = Output.file(fifo);
    const pieces: Buffer[] = [];
    const reader = createReadStream(fifo);
    reader.on('data', (piece) => pieces.push(piece as Buffer));
    const ended = new Promise<void>((resolve) => {
      reader.once('end', () => resolve());
    });
    const output = await opened;
    output.write(PIECE);
    await output.close();
    await ended;
    expect(Buffer.concat(pieces).equals(PIECE)).toBe(true);
  });

  it('ends though the reader of a FIFO stands still', async () => {
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = await Output.file(fifo);
    output.write(PIECE);
    await output.close(10);
    closeSync(reader);
  });

  it('reports that the reader of a FIFO is gone', async () => {
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = await Output.file(fifo);
    closeSync(reader);
    output.write(PIECE);
    await expect(output.broken).resolves.toBeUndefined();
    await output.close();
  });

  it('names the file that it cannot write', async () => {
    await expect(Output.file(folder)).rejects.toThrow(`cannot write ${folder}: EISDIR`);
  });
});
