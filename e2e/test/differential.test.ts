import { readFileSync } from 'node:fs';
import { compareAll, type Difference } from '../support/differential/compare.ts';
import { LinuxSubject } from '../support/differential/linux-subject.ts';
import { CLOSING } from '../support/differential/scenarios-closing.ts';
import { ESTABLISHED } from '../support/differential/scenarios-established.ts';
import { EXCHANGES } from '../support/differential/scenarios-exchanges.ts';
import { OPENING } from '../support/differential/scenarios-opening.ts';
import { randomScenarios } from '../support/differential/scenarios-random.ts';
import { StrataSubject } from '../support/differential/strata-subject.ts';

const DOCUMENT = new URL('../../docs/differential.md', import.meta.url);
const SCENARIOS = [...OPENING, ...ESTABLISHED, ...EXCHANGES, ...CLOSING];
const FIRST_SEED = Number(process.env['STRATA_SEED'] ?? 1);

/** A difference as the document's table has it: scenario, step, and both answers. */
function rowOf({ scenario, step, linux, strata }: Difference): string {
  return `${scenario} | ${step} | ${linux} | ${strata}`;
}

/** The rows of the document's table, without the last column, which says why. */
function knownRows(): string[] {
  return readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter((line) => /^\| .* \| \d+ \| /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 5)
        .map((cell) => cell.trim())
        .join(' | '),
    );
}

function inWords({ scenario, step, what, linux, strata }: Difference): string {
  return `${scenario}, step ${step}: ${what}\n  Linux:  ${linux}\n  Strata: ${strata}`;
}

describe('the same segments to Linux and to Strata', () => {
  let linux: LinuxSubject;
  beforeAll(async () => {
    linux = await LinuxSubject.start();
  }, 30_000);
  afterAll(() => linux.stop());

  it('get the same answers, except for the differences that docs/differential.md explains', async () => {
    const found = await compareAll(SCENARIOS, linux, new StrataSubject());
    const known = knownRows();
    const unexplained = found.filter((one) => !known.includes(rowOf(one))).map(inWords);
    const rows = found.map(rowOf);
    const gone = known.filter((row) => !rows.includes(row));
    expect({ unexplained, gone }).toEqual({ unexplained: [], gone: [] });
  }, 120_000);

  it('get the same answers if they are random', async () => {
    const scenarios = randomScenarios(FIRST_SEED, 80);
    const found = await compareAll(scenarios, linux, new StrataSubject());
    expect(found.map(inWords)).toEqual([]);
  }, 60_000);
});
