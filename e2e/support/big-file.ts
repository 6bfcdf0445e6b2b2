import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Writes `octets` pseudo-random octets, made from `seed`, to a file. Returns their SHA-256. */
export function writeBigFile(path: string, octets: number, seed: number): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  const block = new Uint32Array(262_144);
  const bytes = new Uint8Array(block.buffer);
  let state = seed >>> 0;
  for (let left = octets; left > 0; left -= bytes.byteLength) {
    for (let i = 0; i < block.length; i += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      block[i] = state;
    }
    const part = bytes.subarray(0, Math.min(left, bytes.byteLength));
    hash.update(part);
    writeSync(file, part);
  }
  closeSync(file);
  return hash.digest('hex');
}
