import { readFileSync } from 'node:fs';
import {
  ICMP_CASES,
  type IcmpCase,
  SOURCE_ROUTED_CASES,
} from '../support/differential/icmp-cases.ts';
import { LinuxHost, StrataHost } from '../support/differential/icmp-subjects.ts';

const DOCUMENT = new URL('../../docs/differential.md', import.meta.url);

/** The rows of the document's table of ICMP, without the last column, which says why. */
function knownRows(): string[] {
  const [, after = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## ICMP\n');
  const [section = ''] = after.split('\n## ');
  return section
    .split('\n')
    .filter((line) => /^\| (?!case|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim())
        .join(' | '),
    );
}

const shown = (answers: readonly string[]) => answers.join('; ') || 'nothing';

describe('the same ICMP queries to Linux and to ours', () => {
  let linux: LinuxHost;
  beforeAll(() => {
    linux = new LinuxHost();
  }, 30_000);
  afterAll(() => linux.stop());

  async function differences(cases: readonly IcmpCase[], ours: StrataHost): Promise<string[]> {
    const rows: string[] = [];
    for (const one of cases) {
      const [theirs, own] = [shown(await linux.answer(one)), shown(ours.answer(one))];
      if (theirs !== own) rows.push(`${one.name} | ${theirs} | ${own}`);
    }
    return rows;
  }

  it('are answered alike, but for the differences that docs/differential.md explains', async () => {
    const found = await differences(ICMP_CASES, new StrataHost());
    const known = knownRows();
    expect({
      unexplained: found.filter((row) => !known.includes(row)),
      gone: known.filter((row) => !found.includes(row)),
    }).toEqual({ unexplained: [], gone: [] });
  });

  it('are answered alike where broadcasts are answered, too', async () => {
    const [on, off] = [{ icmp_echo_ignore_broadcasts: 0 }, { icmp_echo_ignore_broadcasts: 1 }];
    const ours = new StrataHost();
    ours.set(on);
    linux.set(on);
    const cases = ICMP_CASES.filter(({ name }) => /broadcast|255\.255|224\.0/.test(name));
    expect(cases.length).toBeGreaterThan(3);
    const found = await differences(cases, ours);
    linux.set(off);
    expect(found.filter((row) => !knownRows().includes(row))).toEqual([]);
  });

  it('are answered back along their source route alike, where it is accepted', async () => {
    const ours = new StrataHost();
    ours.set({ 'conf.all.accept_source_route': 1 });
    linux.set({ 'conf.all.accept_source_route': 1, 'conf.strata0.accept_source_route': 1 });
    const found = await differences(SOURCE_ROUTED_CASES, ours);
    linux.set({ 'conf.all.accept_source_route': 0 });
    expect(found).toEqual([]);
    const [first] = SOURCE_ROUTED_CASES;
    expect(shown(ours.answer(first!))).toContain('to 192.0.2.2, options 830704c0000263');
  });
});
