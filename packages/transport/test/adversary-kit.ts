import { integerOf } from '@strata/simulator';

/** Duration of each adversary test, seconds; 0: a fixed number of seeds, for daily runs. */
export const ADVERSARY_SECONDS = numberOf('STRATA_ADVERSARY_SECONDS', 0);

/**
 * The seeds to run: only `STRATA_ADVERSARY_SEED` if it is set; else `count` seeds from 1 on; or, if
 * `STRATA_ADVERSARY_SECONDS` is set, seeds for that long, starting with one that differs each day
 * and is printed.
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
