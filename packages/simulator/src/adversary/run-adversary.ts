import { Adversary } from './adversary.ts';

/**
 * A failed run: its seed, the failure, and the shortest sequence of steps found that fails the same
 * way.
 */
class AdversaryError extends Error {
  override readonly name = 'AdversaryError';
  readonly code = 'ERR_SIMULATED_ADVERSARY';
  readonly seed: number;

  constructor(seed: number, message: string, cause: unknown) {
    super(message, { cause });
    this.seed = seed;
  }
}

/** Lines of a failed run that the error shows. */
const SHOWN_LINES = 60;

/** Most runs to shrink a failure. */
const SHRINK_RUNS = 400;

/** Steps of a run. */
const ADVERSARY_STEPS = 120;

export interface AdversaryOptions {
  /** Default {@link ADVERSARY_STEPS}. */
  readonly steps?: number | undefined;
  /** A step that is made to fail, for tests of the report. */
  readonly failAt?: number | undefined;
}

/**
 * Runs one seed. Throws {@link AdversaryError}, which says how to repeat the run. The same seed
 * gives the same run.
 */
export function runAdversary(seed: number, options: AdversaryOptions = {}): void {
  const { steps = ADVERSARY_STEPS, failAt } = options;
  const all = Array.from({ length: steps }, (_, index) => index);
  const attempt = (chosen: readonly number[]) => attemptSteps(seed, chosen, failAt);
  const failure = attempt(all);
  if (failure === undefined) return;
  const fewest = shrink(attempt, all.slice(0, failure.done + 1), failure.message);
  const shown = attempt(fewest) ?? failure;
  throw new AdversaryError(
    seed,
    [
      `adversary: seed ${seed} fails: ${shown.message}`,
      `Again: STRATA_ADVERSARY_SEED=${seed} npm run test:adversary`,
      `The fewest steps that fail (${fewest.length} of ${steps}): ${fewest.join(' ')}`,
      ...shown.lines.slice(-SHOWN_LINES),
    ].join('\n'),
    shown.cause,
  );
}

interface Failure {
  readonly message: string;
  readonly cause: unknown;
  readonly lines: readonly string[];
  /** Index of the failed step in the list. The number of steps: `finish()` failed. */
  readonly done: number;
}

type Attempt = (steps: readonly number[]) => Failure | undefined;

function attemptSteps(
  seed: number,
  steps: readonly number[],
  failAt: number | undefined,
): Failure | undefined {
  let adversary: Adversary | undefined;
  let done = 0;
  try {
    adversary = new Adversary(seed);
    for (; done < steps.length; done += 1) {
      adversary.step(steps[done]!);
      if (steps[done] === failAt) throw new Error('it is meant to fail');
    }
    adversary.finish();
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { message, cause, lines: adversary?.lines ?? [], done };
  }
}

/** Removes chunks of steps, smaller and smaller ones, while the rest still fails the same way. */
function shrink(attempt: Attempt, steps: readonly number[], message: string): readonly number[] {
  let fewest = steps;
  let runs = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < fewest.length && runs < SHRINK_RUNS; ) {
      const without = [...fewest.slice(0, from), ...fewest.slice(from + size)];
      runs += 1;
      const failure = attempt(without);
      if (failure !== undefined && isAlike(failure.message, message)) {
        fewest = without.slice(0, failure.done + 1);
      } else from += size;
    }
  }
  return fewest;
}

/** Whether two failures differ in numbers only. */
function isAlike(one: string, other: string): boolean {
  return one.replace(/\d+/g, '0') === other.replace(/\d+/g, '0');
}
