/**
 * A small generator of pseudo-random numbers, uniform in 0 to 1 (1 excluded), by sfc32: the same seed gives the same row. Not for
 * secrets. `seed`: any number; its integer part modulo 2^32 counts.
 */
export function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x100000000;
  };
  // Seeds that differ in a bit must not start alike.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}
