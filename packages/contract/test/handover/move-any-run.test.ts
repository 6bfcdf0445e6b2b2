import { runSeed, seeds } from '@strata/simulator';
import { chooseCuts, simulate } from './cut-run.ts';
import { MoveError } from './move.ts';

const SEEDS = 200;

/** How many seeds one test runs, so that a failure is reported soon. */
const SEEDS_PER_TEST = 25;

describe('a transport that is moved to another core in the middle of a run', () => {
  const parts = Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, part) => [
    part * SEEDS_PER_TEST,
    (part + 1) * SEEDS_PER_TEST,
  ]);

  it.each(parts)('sends and reports the same as without the move: seeds %i to %i', (from, to) => {
    for (const seed of seeds(SEEDS).slice(from, to)) {
      runSeed('handover', seed, (it, recorder) => {
        const whole = simulate(it);
        const moved = simulate(it, { at: chooseCuts(it, whole) }, recorder);
        const at = whole.log.findIndex((line, i) => line !== moved.log[i]);
        if (at >= 0) {
          throw new MoveError(`line ${at}:\n${whole.log[at]}\nis\n${moved.log[at]}`);
        }
        expect(moved.log.length).toBe(whole.log.length);
      });
    }
  });
});
