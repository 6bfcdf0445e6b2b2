import { closeSync, openSync, readSync } from 'node:fs';

/** Most octets of a text that a person wrote. */
const MAX_TEXT_OCTETS = 1 << 20;

/**
 * The text of a file that a person named. A FIFO, such as a shell's `<(…)`, is read to its end.
 * Throws the system's error, or an error with code EFBIG after 1 MiB: a file such as /dev/zero has
 * no end.
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
