import { BEFORE, programSide, sideBefore } from './commits.ts';
import { compare, type Row } from './row.ts';

const OFF = 'nobody listens';
const AGAIN = 'nobody listens, once more';
const ON = 'all outcomes polled';
const PROGRAM = 'three-cores.ts';

/** The cost of the cores' outcomes. `AGAIN` shows how large the noise is. */
export const OUTCOMES: Row = compare({
  name: 'outcomes',
  title: 'six cores in memory, data in segments of one MSS',
  unit: 'kilosegments a CPU second',
  sides: [
    sideBefore(PROGRAM, 'off'),
    programSide(OFF, PROGRAM, 'off'),
    programSide(AGAIN, PROGRAM, 'off'),
    programSide(ON, PROGRAM, 'on'),
  ],
  comparisons: [
    { side: OFF, of: BEFORE },
    { side: AGAIN, of: OFF },
    { side: ON, of: OFF },
  ],
  plan: { seconds: 1.5, rounds: 5, warmUpRuns: 2 },
});
