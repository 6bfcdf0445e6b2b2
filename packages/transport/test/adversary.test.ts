import { runAdversary } from '@strata/simulator';
import { ADVERSARY_SECONDS, adversarySeeds } from './adversary-kit.ts';

describe('a core under attack (T19, T23)', () => {
  it(
    'holds its invariants whatever arrives, in every state',
    () => {
      for (const seed of adversarySeeds(120)) runAdversary(seed);
    },
    (ADVERSARY_SECONDS + 120) * 1000,
  );

  it('reports a failure with its seed and the fewest steps that reproduce it', () => {
    // A checker that never fails proves nothing: the same run, made to fail at a given step.
    expect(() => runAdversary(1, { steps: 20, failAt: 7 })).toThrow(
      /seed 1 .*STRATA_ADVERSARY_SEED=1 .*1 of 20/s,
    );
  });
});
