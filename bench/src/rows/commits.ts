import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@strata/e2e';
import { MissingError } from '../missing.ts';
import { programArguments } from '../stands/program.ts';
import type { Side } from './row.ts';

/** The name of the side that another commit is. */
export const BEFORE = 'the commit before';

/**
 * The commit that `BEFORE` is measured in: a built checkout, with the program copied to its place.
 */
const CHECKOUT = process.env['STRATA_BENCH_BEFORE'];

/**
 * Runs it to its end; what it prints. A process for each run: what was compiled for one side must
 * not be used by the other.
 */
async function figure(args: readonly string[], seconds: number): Promise<number> {
  const { stdout } = await run(process.execPath, [...args, `${seconds}`], { timeoutMs: 60_000 });
  return Number(stdout);
}

/**
 * A program of the bench that prints a figure; its last argument is how many seconds to measure.
 */
export function programSide(name: string, script: string, ...args: readonly string[]): Side {
  return {
    name,
    start: async () => (seconds) => figure(programArguments(script, ...args), seconds),
  };
}

/** The same program in the commit before. */
export function sideBefore(script: string, ...args: readonly string[]): Side {
  return {
    name: BEFORE,
    async start() {
      const program = `bench/src/programs/${script}`;
      const path = join(CHECKOUT ?? '', program);
      if (CHECKOUT === undefined || !existsSync(path)) {
        throw new MissingError(`STRATA_BENCH_BEFORE names no checkout with ${program}`);
      }
      return (seconds) => figure(['--import', 'tsx', path, ...args], seconds);
    },
  };
}
