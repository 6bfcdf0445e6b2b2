/**
 * The pseudo-random generator sfc32: numbers from 0 to 2^32 - 1, the same sequence for the same
 * state. Not for secrets. `rounds`: how many numbers are skipped first, so that similar states do
 * not start alike.
 */
export function sfc32(first: number, second: number, third: number, rounds: number): () => number {
  let a = first | 0;
  let b = second | 0;
  let c = third | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < rounds; round += 1) next();
  return next;
}

/**
 * Numbers, uniform in 0 to 1 (1 excluded), by {@link sfc32}. `seed`: any number; its integer part
 * modulo 2^32 counts.
 */
export function seededRandom(seed: number): () => number {
  const next = sfc32(0x9e3779b9, 0x243f6a88, seed >>> 0, 15);
  return () => next() / 0x100000000;
}
