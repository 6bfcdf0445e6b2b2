import { closeSync, openSync, readSync } from 'node:fs';

/** Octets of a text that a person wrote, at most. */
const MAX_TEXT_OCTETS = 1 << 20;

/**
 * The text of a file that a person named. A FIFO, such as a shell's `<(…)`, is waited for and read
 * to its end, as every command does; what has no end, such as /dev/zero, is given up beyond 1 MiB.
 * Throws the system's error, or one of code EFBIG.
 */
export function readText(path: string): string {
  const bytes = Buffer.alloc(MAX_TEXT_OCTETS + 1);
  const fd = openSync(path, 'r');
  try {
    let octets = 0;
    while (octets <= MAX_TEXT_OCTETS) {
      const read = readSync(fd, bytes, octets, bytes.byteLength - octets, null);
      if (read === 0) return bytes.toString('utf8', 0, octets);
      octets += read;
    }
  } finally {
    closeSync(fd);
  }
  const message = `it has more than ${MAX_TEXT_OCTETS.toLocaleString('en')} octets`;
  throw Object.assign(new Error(message), { code: 'EFBIG' });
}
