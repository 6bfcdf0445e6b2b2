import { readFileSync } from 'node:fs';
import {
  compareRouters,
  numbersOf,
  type RouterDifference,
} from '../support/differential/router/compare.ts';
import { LinuxRouter } from '../support/differential/router/linux-router.ts';
import { ADDRESSES } from '../support/differential/router/scenarios-addresses.ts';
import { OPTIONS } from '../support/differential/router/scenarios-options.ts';
import { PASSING } from '../support/differential/router/scenarios-passing.ts';
import { randomScenarios } from '../support/differential/router/scenarios-random.ts';
import { REFUSED } from '../support/differential/router/scenarios-refused.ts';
import { StrataRouter } from '../support/differential/router/strata-router.ts';

const DOCUMENT = new URL('../../docs/differential.md', import.meta.url);
const SCENARIOS = [...PASSING, ...OPTIONS, ...ADDRESSES, ...REFUSED];
const FIRST_SEED = Number(process.env['STRATA_SEED'] ?? 1);
const RANDOM = 300;

/** A difference as the document's table of routers has it: scenario, and both answers. */
function rowOf({ scenario, linux, strata }: RouterDifference): string {
  return `${scenario} | ${linux} | ${strata}`;
}

/** The rows of the document's table of routers, without the last column, which says why. */
function knownRows(): string[] {
  const [, after = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## Routers\n');
  const [section = ''] = after.split('\n## ');
  return section
    .split('\n')
    .filter((line) => /^\| (?!scenario|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim())
        .join(' | '),
    );
}

function inWords({ scenario, linux, strata }: RouterDifference): string {
  return `${scenario}\n  Linux:  ${linux}\n  Strata: ${strata}`;
}

describe('the same packets to a Linux router and to Strata’s', () => {
  let linux: LinuxRouter;
  beforeAll(() => {
    linux = LinuxRouter.start(numbersOf(SCENARIOS.length + RANDOM));
  }, 30_000);
  afterAll(() => linux.stop());

  it('have names of their own', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('come out the same, except for the differences that docs/differential.md explains', async () => {
    const found = await compareRouters(SCENARIOS, linux, new StrataRouter());
    const known = knownRows();
    const unexplained = found.filter((one) => !known.includes(rowOf(one))).map(inWords);
    const rows = found.map(rowOf);
    const gone = known.filter((row) => !rows.includes(row));
    expect({ unexplained, gone }).toEqual({ unexplained: [], gone: [] });
  }, 120_000);

  it('come out the same if they are random', async () => {
    const scenarios = randomScenarios(FIRST_SEED, RANDOM);
    const from = numbersOf(SCENARIOS.length);
    const found = await compareRouters(scenarios, linux, new StrataRouter(), from);
    expect(found.map(inWords)).toEqual([]);
  }, 60_000);
});
