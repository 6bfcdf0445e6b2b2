import { BEFORE, programSide, sideBefore } from './commits.ts';
import { compare, type Row } from './row.ts';

const NOW = 'this commit';
const AGAIN = 'this commit, once more';
const PROGRAM = 'codecs.ts';

/** Octets of data in a PDU: small ones, one segment, a read of a stream, a super-segment. */
const SIZES = [20, 1448, 16_384, 65_160];

/** PDUs to messages and back. `AGAIN` shows how much of a difference is noise. */
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
