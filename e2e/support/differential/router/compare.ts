import type { Router, RouterScenario } from './scenario.ts';

/** A scenario that the two routers answer differently. */
export interface RouterDifference {
  readonly scenario: string;
  readonly linux: string;
  readonly strata: string;
}

/** Trials before a difference counts that only timers can make. */
const TRIALS = 3;

/** What a router sent, as text. */
function text(answers: readonly string[]): string {
  return answers.length === 0 ? 'nothing' : answers.join('; ');
}

/**
 * Runs the scenarios with both routers. Returns the differences that occur in every trial. Each
 * trial has hosts of its own: the number of the first is `from`, and `numbersOf` says how many.
 */
export async function compareRouters(
  scenarios: readonly RouterScenario[],
  linux: Router,
  strata: Router,
  from = 0,
): Promise<RouterDifference[]> {
  const found: RouterDifference[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const number = from + index * TRIALS;
    const one = await compareOne(scenario, linux, strata, number);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** How many numbers of `Places` so many scenarios need. */
export function numbersOf(scenarios: number): number {
  return scenarios * TRIALS;
}

async function compareOne(
  scenario: RouterScenario,
  linux: Router,
  strata: Router,
  number: number,
): Promise<RouterDifference | undefined> {
  let found: RouterDifference | undefined;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const one = text(await linux.run(scenario, number + trial));
    const other = text(await strata.run(scenario, number + trial));
    if (one === other) return undefined;
    found = { scenario: scenario.name, linux: one, strata: other };
    // Without timers the answers are the same each time.
    if (scenario.waitMs === undefined) return found;
  }
  return found;
}
