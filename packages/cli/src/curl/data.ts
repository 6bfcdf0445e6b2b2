import { readFileSync } from 'node:fs';
import { CliError } from '../failure.ts';

/** A part of the request's body, as `-d` gives it. */
export interface DataPart {
  readonly kind: 'data' | 'binary' | 'raw';
  readonly text: string;
}

/**
 * The body that -d, --data-binary and --data-raw make together: joined by &. `@FILE` reads a file,
 * `@-` standard input; -d leaves out their line ends.
 */
export async function joinData(
  parts: readonly DataPart[],
  readInput: () => Promise<Buffer>,
): Promise<Buffer> {
  const all: Buffer[] = [];
  for (const { kind, text } of parts) {
    if (all.length > 0) all.push(Buffer.from('&'));
    if (kind === 'raw' || !text.startsWith('@')) {
      all.push(Buffer.from(text));
      continue;
    }
    const file = text.slice(1);
    const bytes = file === '-' ? await readInput() : readData(file);
    all.push(kind === 'binary' ? bytes : Buffer.from(bytes.filter((octet) => !isLineEnd(octet))));
  }
  return Buffer.concat(all);
}

function isLineEnd(octet: number): boolean {
  return octet === 0x0a || octet === 0x0d;
}

function readData(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
