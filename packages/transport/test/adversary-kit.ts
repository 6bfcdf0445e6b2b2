import { integerOf } from '@strata/simulator';

/**
 * How long each of the adversary's tests takes, seconds; 0: a fixed number of seeds, for every day.
 */
export const ADVERSARY_SECONDS = numberOf('STRATA_ADVERSARY_SECONDS', 0);

/**
 * The seeds to run: `STRATA_ADVERSARY_SEED` alone where it is set; `count` from 1 on; or for as
 * long as `STRATA_ADVERSARY_SECONDS` says, from one that differs each day, which is printed.
 */
export function* adversarySeeds(count: number): IterableIterator<number> {
  const only = process.env['STRATA_ADVERSARY_SEED'];
  if (only !== undefined) return yield numberOf('STRATA_ADVERSARY_SEED', 0);
  if (ADVERSARY_SECONDS === 0) {
    for (let seed = 1; seed <= count; seed += 1) yield seed;
    return;
  }
  const first = Math.floor(Date.now() / 86_400_000) * 100_000;
  const endMs = Date.now() + ADVERSARY_SECONDS * 1000;
  let seed = first;
  for (; Date.now() < endMs; seed += 1) yield seed;
  process.stdout.write(`adversary: seeds ${first} to ${seed - 1}\n`);
}

function numberOf(name: string, otherwise: number): number {
  const value = integerOf(name, otherwise);
  if (value < 0) throw new RangeError(`${name} is ${value}: should be 0 or more`);
  return value;
}
