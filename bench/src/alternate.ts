import { standsStill } from './statistics.ts';

/** Measures for about that many seconds; returns the figure. */
export type Measure = (seconds: number) => Promise<number>;

/** One of the sides that are compared, as it runs. */
export interface Contestant {
  readonly name: string;
  readonly measure: Measure;
}

/** How long, how often. */
export interface Plan {
  /** Of each measured run, seconds. Clients that count whole seconds take one at least. */
  readonly seconds: number;
  /** Of each run before them. */
  readonly warmUpSeconds: number;
  /** Each side is measured so often, in turns. */
  readonly rounds: number;
  /** Two successive runs that differ by this share at most end the warm-up. */
  readonly tolerance: number;
  /** Runs after which the warm-up ends in any case, 2 or more. */
  readonly warmUpRuns: number;
}

export const PLAN: Plan = {
  seconds: 1,
  warmUpSeconds: 0.5,
  rounds: 5,
  tolerance: 0.05,
  warmUpRuns: 6,
};

/**
 * Warms each side up until its figure stands still, then measures all of them in turns (A B A B),
 * so that what changes on the machine meanwhile meets all alike. Returns the figures of each side,
 * in the order of the rounds.
 */
export async function measureInTurns(
  sides: readonly Contestant[],
  plan: Plan,
  say: (line: string) => void,
): Promise<number[][]> {
  for (const { name, measure } of sides) {
    const { runs, settled } = await warmUp(measure, plan);
    const how = settled ? 'stands still' : 'does not stand still';
    say(`${name}: ${how} after ${runs} runs`);
  }
  const figures: number[][] = sides.map(() => []);
  for (let round = 1; round <= plan.rounds; round += 1) {
    say(`round ${round} of ${plan.rounds}`);
    for (const [index, { measure }] of sides.entries()) {
      figures[index]!.push(await measure(plan.seconds));
    }
  }
  return figures;
}

async function warmUp(
  measure: Measure,
  { warmUpSeconds, warmUpRuns, tolerance }: Plan,
): Promise<{ readonly runs: number; readonly settled: boolean }> {
  let before = await measure(warmUpSeconds);
  for (let runs = 2; runs <= warmUpRuns; runs += 1) {
    const after = await measure(warmUpSeconds);
    if (standsStill(before, after, tolerance)) return { runs, settled: true };
    before = after;
  }
  return { runs: warmUpRuns, settled: false };
}
