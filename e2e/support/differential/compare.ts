import { describeStep, type Scenario } from './script.ts';
import type { StepAnswers, Subject } from './subject.ts';

/** A step that the two subjects answer differently. */
export interface Difference {
  readonly scenario: string;
  /** The step's number, from 1. */
  readonly step: number;
  readonly what: string;
  readonly linux: string;
  readonly strata: string;
}

/** The answers of one step as text. `nothing` if there are none. */
export function answersText({ segments, application }: StepAnswers): string {
  const told = application.map((event) => `application: ${event}`);
  const all = [...segments, ...told];
  return all.length === 0 ? 'nothing' : all.join('; ');
}

/**
 * The first step whose answers differ. After it the subjects may be in different states, so later
 * differences are not reported.
 */
export function firstDifference(
  scenario: Scenario,
  linux: readonly StepAnswers[],
  strata: readonly StepAnswers[],
): Difference | undefined {
  for (const [index, step] of scenario.steps.entries()) {
    const [one, other] = [answersText(linux[index]!), answersText(strata[index]!)];
    if (one === other) continue;
    const what = describeStep(step);
    return { scenario: scenario.name, step: index + 1, what, linux: one, strata: other };
  }
  return undefined;
}

/** Concurrent conversations with Linux: few enough that answers are not late. */
const AT_ONCE = 40;

/** Trials before a difference counts: on a busy machine Linux's timers, or ours, may be late. */
const TRIALS = 3;

/** Runs the scenarios against both subjects. Returns the differences that occur in every trial. */
export async function compareAll(
  scenarios: readonly Scenario[],
  linux: Subject,
  strata: Subject,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const waiting = [...scenarios];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const found = await compareOne(next, linux, strata);
      if (found !== undefined) differences.push(found);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return differences;
}

async function compareOne(
  scenario: Scenario,
  linux: Subject,
  strata: Subject,
): Promise<Difference | undefined> {
  const ours = await strata.run(scenario);
  let found: Difference | undefined;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    found = firstDifference(scenario, await linux.run(scenario), ours);
    if (found === undefined) return undefined;
  }
  return found;
}
