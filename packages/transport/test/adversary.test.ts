import { runAdversary } from '@strata/simulator';
import { ADVERSARY_SECONDS, adversarySeeds } from './adversary-kit.ts';

describe('a core among enemies (T19, T23)', () => {
  it(
    'holds its invariants whatever comes, in every state',
    () => {
      for (const seed of adversarySeeds(120)) runAdversary(seed);
    },
    (ADVERSARY_SECONDS + 120) * 1000,
  );

  it('is told of by its seed, with the fewest steps that were found to do it', () => {
    // A checker that fails nothing proves nothing: the same run, whose end comes too early.
    expect(() => runAdversary(1, { steps: 20, failAt: 7 })).toThrow(
      /seed 1 .*STRATA_ADVERSARY_SEED=1 .*1 of 20/s,
    );
  });
});
