/**
 * The middle value, or the mean of the two middle values. Throws RangeError if there are no values.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('there is no median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/** The results of several runs of one measurement. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws RangeError if there are no values. */
export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Whether two successive figures differ by at most `tolerance`, a share of the larger one. */
export function standsStill(before: number, after: number, tolerance: number): boolean {
  return Math.abs(after - before) <= tolerance * Math.max(Math.abs(before), Math.abs(after));
}
