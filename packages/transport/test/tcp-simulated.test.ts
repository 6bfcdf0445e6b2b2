import { type Impairment, runSeed, SeededRandom, seeds } from '@strata/simulator';
import { createTransfer, runTransfer, type TransferOptions } from './tcp-pair-kit.ts';

/** Runs the scenario for each seed: exact octets both ways, both closed, no timer and no socket left. */
function holdsFor(name: string, count: number, scenario: (random: SeededRandom) => TransferOptions) {
  for (const seed of seeds(count)) {
    runSeed(name, seed, (value, recorder) => {
      const options = scenario(new SeededRandom(value, 7));
      runTransfer(createTransfer(value, options, recorder), options.up, options.down);
    });
  }
}

/** Loss, delay, duplication and reordering, more or less of each. */
function roughWire(random: SeededRandom): Impairment {
  return {
    lossRatio: random.pick([0, 0.005, 0.02, 0.05, 0.1]),
    duplicateRatio: random.pick([0, 0.01, 0.1]),
    reorderRatio: random.pick([0, 0.01, 0.1, 0.3]),
    reorderDelayMs: random.pick([1, 5, 30]),
    delayMs: random.pick([0, 0.1, 5, 50, 200]),
    jitterMs: random.pick([0, 1, 20]),
    rateOctetsPerSecond: random.pick([Infinity, 1_000_000, 100_000_000]),
  };
}

describe('a simulated pair: exact octets both ways, both close, no timer and no socket is left', () => {
  it('over a perfect wire', () => {
    holdsFor('perfect', 3, () => ({ up: 1_000_000, down: 1_000_000 }));
  });

  it('over 250 seeds of wires with loss, delay, duplication and reordering', () => {
    holdsFor('rough', 250, (random) => ({
      up: random.pick([0, 1, 1460, 20_000, 150_000]),
      down: random.pick([0, 1, 536, 20_000, 150_000]),
      wire: [roughWire(random), roughWire(random)],
    }));
  }, 120_000);

});
