import { standsStill } from './statistics.ts';

/** Measures for about that many seconds. Returns the figure. */
export type Measure = (seconds: number) => Promise<number>;

/** One of the compared sides, ready to measure. */
export interface Contestant {
  readonly name: string;
  readonly measure: Measure;
}

/** How long and how often to measure. */
export interface Plan {
  /** Duration of each measured run, seconds. Clients that count whole seconds need at least 1. */
  readonly seconds: number;
  /** Duration of each warm-up run, seconds. */
  readonly warmUpSeconds: number;
  /** Number of rounds. Each round measures each side once. */
  readonly rounds: number;
  /** The warm-up ends when two successive runs differ by at most this share. */
  readonly tolerance: number;
  /** Most warm-up runs, 2 or more. */
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
 * Warms each side up until its figure is stable. Then measures all sides in turns (A B A B), so
 * that changes on the machine affect all sides alike. Returns the figures of each side, in the
 * order of the rounds.
 */
export async function measureInTurns(
  sides: readonly Contestant[],
  plan: Plan,
  say: (line: string) => void,
): Promise<number[][]> {
  for (const { name, measure } of sides) {
    const { runs, settled } = await warmUp(measure, plan);
    const how = settled ? 'stable' : 'not stable';
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
