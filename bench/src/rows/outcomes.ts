import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@strata/e2e';
import { MissingError } from '../missing.ts';
import { programArguments } from '../stands/program.ts';
import { compare, type Row, type Side } from './row.ts';

const OFF = 'nobody listens';
const AGAIN = 'nobody listens, once more';
const ON = 'all outcomes polled';
const BEFORE = 'the commit before';

/** The commit that `BEFORE` is measured in: a built checkout, with programs/three-cores.ts copied to its place. */
const CHECKOUT = process.env['STRATA_BENCH_BEFORE'];
const PROGRAM = 'bench/src/programs/three-cores.ts';

/** Kilosegments a CPU second; a process for each run, since what was compiled for one mode must not be used by the other. */
async function measure(args: readonly string[], seconds: number): Promise<number> {
  const { stdout } = await run(process.execPath, [...args, `${seconds}`], { timeoutMs: 60_000 });
  return Number(stdout);
}

function side(name: string, mode: 'off' | 'on'): Side {
  return {
    name,
    start: async () => (seconds) => measure(programArguments('three-cores.ts', mode), seconds),
  };
}

const before: Side = {
  name: BEFORE,
  async start() {
    const path = join(CHECKOUT ?? '', PROGRAM);
    if (CHECKOUT === undefined || !existsSync(path)) {
      throw new MissingError(`STRATA_BENCH_BEFORE names no checkout with ${PROGRAM}`);
    }
    return (seconds) => measure(['--import', 'tsx', path, 'off'], seconds);
  },
};

/** What it costs that the cores can tell what they do, and why. `AGAIN` shows how much of a difference is noise. */
export const OUTCOMES: Row = compare({
  name: 'outcomes',
  title: 'six cores in memory, data in segments of one MSS',
  unit: 'kilosegments a CPU second',
  sides: [before, side(OFF, 'off'), side(AGAIN, 'off'), side(ON, 'on')],
  comparisons: [
    { side: OFF, of: BEFORE },
    { side: AGAIN, of: OFF },
    { side: ON, of: OFF },
  ],
  plan: { seconds: 1.5, rounds: 5, warmUpRuns: 2 },
});
