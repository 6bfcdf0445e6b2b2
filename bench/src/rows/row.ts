import { type Contestant, type Measure, measureInTurns, PLAN, type Plan } from '../alternate.ts';
import { MissingError } from '../missing.ts';
import { Lab } from '../stands/lab.ts';
import { type Comparison, formatTable, type Heading, type Outcome } from '../table.ts';

/** A part of the bench that can run alone. */
export interface Row {
  /** Its name on the command line: letters, digits, hyphens. */
  readonly name: string;
  readonly title: string;
  /** Measures, and returns the lines of a Markdown table. `say` reports progress. */
  run(say: (line: string) => void): Promise<readonly string[]>;
}

/** One of the sides of a comparison. */
export interface Side {
  readonly name: string;
  /**
   * Starts what the side needs. Throws MissingError if this machine lacks it: the side is then left
   * out, with a note.
   */
  start(lab: Lab): Promise<Measure>;
}

/** A comparison: several sides do the same work. */
export interface ComparisonRow extends Heading {
  readonly name: string;
  readonly sides: readonly Side[];
  readonly comparisons: readonly Comparison[];
  /** The fields that differ from PLAN. */
  readonly plan?: Partial<Plan>;
}

/** A row that warms all sides up and measures them in turns. */
export function compare(row: ComparisonRow): Row {
  const { name, title, sides, comparisons } = row;
  const plan = { ...PLAN, ...row.plan };
  return {
    name,
    title,
    async run(say) {
      const lab = new Lab();
      try {
        const notes = new Map<string, string>();
        const contestants: Contestant[] = [];
        for (const side of sides) {
          try {
            contestants.push({ name: side.name, measure: await side.start(lab) });
          } catch (error) {
            if (!(error instanceof MissingError)) throw error;
            notes.set(side.name, error.message);
          }
        }
        const figures = await measureInTurns(contestants, plan, say);
        const outcomes = sides.map(({ name: side }): Outcome => {
          const note = notes.get(side);
          if (note !== undefined) return { side, note };
          return { side, values: figures[contestants.findIndex((one) => one.name === side)]! };
        });
        return formatTable(row, outcomes, comparisons);
      } finally {
        await lab.stop();
      }
    },
  };
}
