import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@strata/e2e';
import { MissingError } from '../missing.ts';
import { programArguments } from '../stands/program.ts';
import type { Side } from './row.ts';

/** The name of the side that runs an earlier commit. */
export const BEFORE = 'the commit before';

/** The checkout that `BEFORE` runs: built, with the bench's program copied to its place. */
const CHECKOUT = process.env['STRATA_BENCH_BEFORE'];

/**
 * Runs the program to its end, and returns the figure that it prints. Each run has its own process,
 * so that one side does not use code compiled for the other.
 */
async function figure(args: readonly string[], seconds: number): Promise<number> {
  const { stdout } = await run(process.execPath, [...args, `${seconds}`], { timeoutMs: 60_000 });
  return Number(stdout);
}

/**
 * A side that runs a program of the bench, which prints a figure. Its last argument is the number
 * of seconds to measure.
 */
export function programSide(name: string, script: string, ...args: readonly string[]): Side {
  return {
    name,
    start: async () => (seconds) => figure(programArguments(script, ...args), seconds),
  };
}

/** A side that runs the same program in the earlier commit. */
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
