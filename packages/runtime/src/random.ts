import { randomFillSync } from 'node:crypto';

/**
 * Numbers per call of the kernel's random source. One call for each number would cost more than all
 * other work here.
 */
const DRAWN = 1024;

/** A source of uniform numbers in [0, 1) that nobody can guess. */
export function createRandom(): () => number {
  const drawn = new Uint32Array(DRAWN);
  let at = DRAWN;
  return () => {
    if (at === DRAWN) {
      randomFillSync(drawn);
      at = 0;
    }
    const value = drawn[at]! / 2 ** 32;
    // A number that was returned must not stay in memory.
    drawn[at] = 0;
    at += 1;
    return value;
  };
}
