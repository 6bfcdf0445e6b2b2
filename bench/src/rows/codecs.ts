import { BEFORE, programSide, sideBefore } from './commits.ts';
import { compare, type Row } from './row.ts';

const NOW = 'this commit';
const AGAIN = 'this commit, once more';
const PROGRAM = 'codecs.ts';

/** Octets of data in a PDU: a small PDU, one segment, one read of a stream, one super-segment. */
const SIZES = [20, 1448, 16_384, 65_160];

/** Encodes PDUs and decodes them again. `AGAIN` shows how large the noise is. */
export const CODEC_ROWS: readonly Row[] = SIZES.map((octets) =>
  compare({
    name: `codecs-${octets}`,
    title: `PDUs with ${octets.toLocaleString('en')} octets of data, encoded and decoded`,
    unit: 'thousands a CPU second',
    sides: [
      sideBefore(PROGRAM, `${octets}`),
      programSide(NOW, PROGRAM, `${octets}`),
      programSide(AGAIN, PROGRAM, `${octets}`),
    ],
    comparisons: [
      { side: NOW, of: BEFORE },
      { side: AGAIN, of: NOW },
    ],
    plan: { seconds: 1, rounds: 5, warmUpRuns: 1 },
  }),
);
