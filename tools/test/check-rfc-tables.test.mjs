import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from '../rfc-tables/check.mjs';
import { parseReferences, parseTables, parseVerdict } from '../rfc-tables/parse.mjs';
import { APPENDIX_B, OTHERS } from '../rfc-tables/requirements.mjs';
import { writeResults } from '../rfc-tables/results.mjs';

const command = fileURLToPath(new URL('../check-rfc-tables.mjs', import.meta.url));

const HEAD = '| id | section | what it asks | verdict | shown by |\n|---|---|---|---|---|\n';
const SHOWN = '`a.test.ts` "does it"';
const RESULTS = [
  { ancestorTitles: ['the outer', 'the inner'], title: 'does it', status: 'passed' },
  { ancestorTitles: [], title: 'takes 536 of ESTABLISHED', status: 'passed' },
  { ancestorTitles: [], title: 'takes 1460 of LISTEN', status: 'passed' },
  { ancestorTitles: [], title: 'waits', status: 'pending' },
  { ancestorTitles: [], title: 'is to be done', status: 'todo' },
  { ancestorTitles: [], title: 'counts one', status: 'passed' },
  { ancestorTitles: [], title: 'counts two', status: 'pending' },
];
const TEST = 'packages/a/test/a.test.ts';

const row = (id, { verdict = 'met', shownBy = SHOWN } = {}) =>
  `| ${id} | 3.1 | to do it | ${verdict} | ${shownBy} |\n`;

/** A repo with complete tables, except for the given changes. A file that is null is left out. */
function makeRepo({ rows = {}, more = '', results = RESULTS, files = {} } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'strata-rfc-'));
  const table = APPENDIX_B.map((id) => (id in rows ? rows[id] : row(id))).join('');
  const other = HEAD.replace('| id ', '').replace('|---', '') + row('').replace('|  ', '');
  const whole = {
    'docs/rfc9293.md': `# RFC 9293\n\n${HEAD}${table}${more}\nThe end.\n`,
    ...Object.fromEntries(OTHERS.map((number) => [`docs/rfc/rfc${number}.md`, other])),
    [TEST]: '',
    ...files,
  };
  for (const [path, text] of Object.entries(whole)) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (text === '') utimesSync(join(root, path), 1000, 1000);
  }
  if (results) writeResults(join(root, TEST), results, root);
  return root;
}

/** The refusals for a repo, as `file:line: what`. */
function refusals(made) {
  const root = makeRepo(made);
  try {
    return check(root).refusals.map(({ file, line, what }) => `${file}:${line}: ${what}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const refusedOf = (id, more) => refusals({ rows: { [id]: row(id, more) } });

it('knows 69 MUST, 31 SHLD, 1 REC and 18 MAY', () => {
  expect(APPENDIX_B).toHaveLength(119);
  expect(new Set(APPENDIX_B).size).toBe(119);
});

describe('tables that are whole', () => {
  it('are not refused', () => {
    expect(refusals()).toEqual([]);
  });

  it('name tests by sentence, by describe and sentence, or as it.each has it', () => {
    const shownBy = '`a/test/a.test.ts` "the outer the inner does it", "takes %i of %s"';
    expect(refusedOf('MUST-1', { shownBy })).toEqual([]);
  });

  it('name no test for what is not met or does not apply', () => {
    const rows = {
      'MUST-1': row('MUST-1', { verdict: 'not met: nobody did it', shownBy: '' }),
      'MUST-2': row('MUST-2', { verdict: 'does not apply: no such thing', shownBy: '' }),
    };
    expect(refusals({ rows })).toEqual([]);
  });

  it('may name a packetdrill script that a test of the runner ran', () => {
    const script = 'packages/conformance/scripts/close.pkt';
    const runner = 'packages/conformance/test/scripts.test.ts';
    const root = makeRepo({
      rows: { 'MAY-1': row('MAY-1', { shownBy: '`close.pkt`' }) },
      files: { [script]: 'x', [runner]: '' },
    });
    const whats = () => check(root).refusals.map(({ what }) => what);
    expect(whats()).toEqual([`MAY-1: no test that passed ran ${script}: run npm test`]);
    const wrote = (title, status) =>
      writeResults(join(root, runner), [{ ancestorTitles: [], title, status }], root);
    wrote('tcp/not-close.pkt', 'passed');
    expect(whats()).toHaveLength(1);
    wrote('tcp/close.pkt', 'failed');
    expect(whats()).toHaveLength(1);
    wrote('tcp/close.pkt', 'passed');
    expect(whats()).toEqual([]);
    rmSync(root, { recursive: true });
  });
});

describe('what is refused', () => {
  it('a row that is missing', () => {
    expect(refusals({ rows: { 'SHLD-7': '' } })).toEqual([
      'docs/rfc9293.md:0: SHLD-7 has no row: add one',
    ]);
  });

  it('a row that appears twice, or is not in Appendix B', () => {
    expect(refusals({ more: row('MUST-1') + row('MUST-70') })).toEqual([
      'docs/rfc9293.md:124: MUST-1 has a row already, in line 5: keep one',
      'docs/rfc9293.md:125: MUST-70 is no requirement of Appendix B',
    ]);
  });

  it.each([
    ['', 'the verdict "" is none of: met, not met, does not apply'],
    ['partly', 'the verdict "partly" is none of: met, not met, does not apply'],
    ['not met', 'the verdict "not met" gives no reason: write "not met: why"'],
    [
      'does not apply:',
      'the verdict "does not apply" gives no reason: write "does not apply: why"',
    ],
  ])('the verdict "%s"', (verdict, what) => {
    expect(refusedOf('MUST-1', { verdict })).toEqual([`docs/rfc9293.md:5: MUST-1: ${what}`]);
  });

  it.each([
    ['no test', '', 'it is met but names no test: write `file` "sentence of the test"'],
    ['no sentence', '`a.test.ts`', 'a.test.ts is named without the sentence of a test'],
    [
      'a file that is not there',
      '`b.test.ts` "does it"',
      'there is no b.test.ts: name a test file that exists',
    ],
    [
      'a test that is not there',
      '`a.test.ts` "does that"',
      `no test of ${TEST} says "does that"; the nearest says "does it"`,
    ],
    [
      'half a sentence',
      '`a.test.ts` "takes %i"',
      `no test of ${TEST} says "takes %i"; the nearest says "takes 536 of ESTABLISHED"`.split(
        ';',
      )[0],
    ],
    [
      'a test that was skipped',
      '`a.test.ts` "waits"',
      `"waits" of ${TEST} did not pass: it is pending`,
    ],
    [
      'a test that is yet to be written',
      '`a.test.ts` "is to be done"',
      `"is to be done" of ${TEST} did not pass: it is todo`,
    ],
    [
      'tests of which one was skipped',
      '`a.test.ts` "counts %s"',
      `"counts two" of ${TEST} did not pass: it is pending`,
    ],
  ])('a row that is met by %s', (_, shownBy, what) => {
    const [refusal, ...others] = refusedOf('REC-1', { shownBy });
    expect(others).toEqual([]);
    expect(refusal).toContain(`REC-1: ${what}`);
  });

  it('a row that is not met, but names a test that does not exist', () => {
    const verdict = 'not met: half of it';
    expect(refusedOf('MUST-1', { verdict, shownBy: '`b.test.ts` "x"' })).toHaveLength(1);
  });

  it('a name that fits two files', () => {
    const files = { 'packages/b/test/a.test.ts': '' };
    expect(refusals({ files })[0]).toContain(
      `a.test.ts may be ${TEST} or packages/b/test/a.test.ts: name more of its path`,
    );
  });

  it('tests that did not run', () => {
    // One for each row of a complete repo: Appendix B, and a row for each other RFC.
    const named = APPENDIX_B.length + OTHERS.length;
    expect(refusals({ results: null })).toEqual([
      `${TEST}:0: it did not run: run npm test; it has ${named} tests that the tables name`,
    ]);
  });

  it('tests whose file has changed since they ran', () => {
    const root = makeRepo();
    const later = Date.now() / 1000 + 60;
    utimesSync(join(root, TEST), later, later);
    expect(check(root).refusals).toMatchObject([
      { file: TEST, what: expect.stringContaining('it has changed since it ran: run npm test') },
    ]);
    rmSync(root, { recursive: true });
  });

  it('a document that is missing, or has no table', () => {
    const files = { 'docs/rfc/rfc5681.md': null, 'docs/rfc/rfc6298.md': '# RFC 6298\n' };
    expect(refusals({ files })).toEqual([
      'docs/rfc/rfc5681.md:0: the document is missing: write it',
      'docs/rfc/rfc6298.md:0: it has no table with a column "verdict"',
    ]);
  });

  it('a row of another RFC, by the same rules', () => {
    const text =
      '| section | what it asks | verdict | shown by |\n|---|---|---|---|\n| 2 | x | met | |\n';
    expect(refusals({ files: { 'docs/rfc/others.md': text } })).toEqual([
      'docs/rfc/others.md:3: 2: it is met but names no test: write `file` "sentence of the test"',
    ]);
  });
});

describe('the words of a table', () => {
  it("are read without Markdown's escape characters", () => {
    const [read] = parseTables('x.md', `${HEAD}| MAY-1 | 3.1 | a \\| b \\* c | met | x |\n`);
    expect(read).toEqual({
      file: 'x.md',
      line: 3,
      id: 'MAY-1',
      section: '3.1',
      asks: 'a | b * c',
      verdict: 'met',
      shownBy: 'x',
    });
  });

  it('name a file once for several sentences', () => {
    expect(parseReferences('`a.test.ts` "one", "two"<br>`b.test.ts` "the peer\'s"')).toEqual([
      { file: 'a.test.ts', sentences: ['one', 'two'] },
      { file: 'b.test.ts', sentences: ["the peer's"] },
    ]);
  });

  it('give a reason after the first colon', () => {
    expect(parseVerdict('not met: as Linux: no')).toEqual({
      word: 'not met',
      reason: 'as Linux: no',
    });
    expect(parseVerdict('met')).toEqual({ word: 'met', reason: '' });
  });
});

describe('the command', () => {
  const run = (made) => {
    const root = makeRepo(made);
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, root], {
      encoding: 'utf8',
    });
    rmSync(root, { recursive: true });
    return { status, stdout, stderr };
  };

  it('counts the verdicts of each document and exits 0', () => {
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(stdout).toContain('docs/rfc9293.md: 119 rows, 119 met, 0 not met, 0 does not apply\n');
    expect(status).toBe(0);
  });

  it('names file, line, row and what to do, and exits 1', () => {
    const { status, stderr } = run({ rows: { 'MUST-1': row('MUST-1', { shownBy: '' }) } });
    expect(stderr).toBe(
      'docs/rfc9293.md:5: MUST-1: it is met but names no test: write `file` "sentence of the test"\n',
    );
    expect(status).toBe(1);
  });
});
