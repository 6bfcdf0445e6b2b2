import { median, summarize } from './statistics.ts';

/** The figures of one side, or the reason why there are none. */
export type Outcome =
  | { readonly side: string; readonly values: readonly number[] }
  | { readonly side: string; readonly note: string };

/** What a side's median is compared with. */
export type Comparison =
  | {
      readonly side: string;
      /** The side whose median the ratio is relative to. */
      readonly of: string;
      /** The goal: at least this ratio. Absent: no goal. */
      readonly atLeast?: number;
    }
  /** The goal: a median below this, in the table's unit. */
  | { readonly side: string; readonly below: number };

/** The heading of a table. */
export interface Heading {
  /** The first column's heading: what is measured. */
  readonly title: string;
  readonly unit: string;
}

/**
 * The Markdown table of one row of the bench: medians with their spread, ratios of medians, goals.
 */
export function formatTable(
  { title, unit }: Heading,
  outcomes: readonly Outcome[],
  comparisons: readonly Comparison[],
): string[] {
  const lines = [`| ${title} | median, ${unit} | min to max | ratio | goal |`];
  lines.push('|---|---:|---:|---|---|');
  for (const outcome of outcomes) {
    const { side } = outcome;
    if ('note' in outcome) {
      lines.push(`| ${side} | not measured: ${outcome.note} | | | |`);
      continue;
    }
    const { median: middle, min, max } = summarize(outcome.values);
    const about = comparisons.filter((one) => one.side === side);
    const judged = about.map((one) => judge(one, middle, outcomes));
    const ratios = judged.map(({ ratio }) => ratio).filter((text) => text !== '');
    const goals = judged.map(({ goal }) => goal).filter((text) => text !== '');
    const spread = `${formatFigure(min)} to ${formatFigure(max)}`;
    const cells = [side, formatFigure(middle), spread, ratios.join('; '), goals.join('; ')];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines;
}

function judge(
  comparison: Comparison,
  middle: number,
  outcomes: readonly Outcome[],
): { readonly ratio: string; readonly goal: string } {
  if ('below' in comparison) {
    const { below } = comparison;
    return { ratio: '', goal: `< ${below}: ${verdict(middle < below)}` };
  }
  const { of, atLeast } = comparison;
  const base = outcomes.find(({ side }) => side === of);
  if (base === undefined) throw new Error(`a ratio to ${of}, which is not a side of the table`);
  if ('note' in base) {
    return { ratio: '', goal: atLeast === undefined ? '' : `≥ ${atLeast} of ${of}: not measured` };
  }
  const ratio = middle / median(base.values);
  return {
    ratio: `${ratio.toFixed(2)} of ${of}`,
    goal: atLeast === undefined ? '' : `≥ ${atLeast}: ${verdict(ratio >= atLeast)}`,
  };
}

function verdict(met: boolean): string {
  return met ? 'met' : 'missed';
}

/** Three significant digits, and all digits before the decimal point. */
export function formatFigure(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Number(value.toPrecision(3)).toString();
}
