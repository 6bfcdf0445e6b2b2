import { randomFillSync } from 'node:crypto';

/**
 * Numbers drawn at once: a call to the kernel's source each time would cost more than all the rest.
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
    // A number that was given is not found in memory later.
    drawn[at] = 0;
    at += 1;
    return value;
  };
}
