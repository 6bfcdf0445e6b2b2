/**
 * The delay distributions of netem, as deviations from the mean in units of the jitter. Each is an
 * inverse of its distribution function, so a uniform number becomes a deviation.
 */

/** In the order of the contract's enum. */
export const DISTRIBUTIONS = ['uniform', 'normal', 'pareto', 'paretonormal'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Steps of the normal distribution's table: as many as tc's has. */
const TABLE_STEPS = 4096;
/** tc's tables hold 16-bit numbers of which 8,192 stand for one jitter. This is the largest. */
const LARGEST = 32_767 / 8_192;
/** Steps of the numerical integration for one unit. */
const STEPS_PER_UNIT = 2_000;

let upperHalf: readonly number[] | undefined;

/**
 * The deviation for a uniform number `u` of 0 to 1; it grows with `u`.
 *
 * - `uniform`: from -1 to 1.
 * - `normal`: the jitter is the standard deviation. It ends at 3.66, because the table has 4,096
 *   steps.
 * - `pareto`: of shape 3, moved and scaled as in tc: from -0.67 to 4, with the mean -0.03 and the
 *   standard deviation 0.82.
 * - `paretonormal`: a quarter of `normal`, three quarters of `pareto`.
 */
export function deviation(distribution: Distribution, u: number): number {
  switch (distribution) {
    case 'uniform':
      return u * 2 - 1;
    case 'normal':
      return normal(u);
    case 'pareto':
      return pareto(u);
    case 'paretonormal':
      return Math.min(LARGEST, normal(u) / 4 + (pareto(u) * 3) / 4);
  }
}

function pareto(u: number): number {
  // The shape a = 3 and the minimum 1 have the mean 1.5.
  return Math.min(LARGEST, ((1 / Math.cbrt(1 - u) - 1.5) * 4) / 3);
}

function normal(u: number): number {
  upperHalf ??= normalUpperHalf();
  const half = TABLE_STEPS / 2;
  const step = Math.min(TABLE_STEPS - 1, Math.floor(u * TABLE_STEPS));
  return step < half ? -upperHalf[half - 1 - step]! : upperHalf[step - half]!;
}

/**
 * The quantiles of the standard normal distribution in the middle of each step above the median.
 * The density is integrated from 0 upwards, by the trapezoidal rule.
 */
function normalUpperHalf(): number[] {
  const table: number[] = [];
  let x = 0;
  let before = density(0);
  let area = 0;
  while (table.length < TABLE_STEPS / 2) {
    const wanted = (table.length + 0.5) / TABLE_STEPS;
    const after = density(x + 1 / STEPS_PER_UNIT);
    const slice = (before + after) / 2 / STEPS_PER_UNIT;
    if (area + slice >= wanted) {
      table.push(x + (wanted - area) / slice / STEPS_PER_UNIT);
      continue;
    }
    area += slice;
    before = after;
    x += 1 / STEPS_PER_UNIT;
  }
  return table;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
