import { readFileSync } from 'node:fs';
import { insertTables, PageError } from '../src/page.ts';
import { ROWS } from '../src/rows/index.ts';

const PAGE = `# Measurements

By hand.

<!-- bench:bulk -->

| old |

<!-- bench:end -->

Between.

<!-- bench:ping -->
<!-- bench:end -->

After.
`;

describe('insertTables', () => {
  it('puts a table in its place, and leaves all else as it is', () => {
    const page = insertTables(PAGE, new Map([['bulk', ['| new |', '|---|']]]));
    expect(page).toBe(PAGE.replace('| old |', '| new |\n|---|'));
  });

  it('fills a place that is empty', () => {
    const page = insertTables(PAGE, new Map([['ping', ['| ping |']]]));
    expect(page).toContain('<!-- bench:ping -->\n\n| ping |\n\n<!-- bench:end -->\n\nAfter.');
  });

  it('gives the same page for the same tables', () => {
    const tables = new Map([
      ['bulk', ['| a $& b |']],
      ['ping', ['| c |']],
    ]);
    const once = insertTables(PAGE, tables);
    expect(once).toContain('| a $& b |');
    expect(insertTables(once, tables)).toBe(once);
  });

  it.each([
    ['a place that is missing', PAGE, 'memory'],
    ['a place that is there twice', PAGE + PAGE, 'bulk'],
    ['a place without an end', PAGE.replaceAll('<!-- bench:end -->', ''), 'ping'],
    ['a place that ends behind the next', PAGE.replace('<!-- bench:end -->', ''), 'bulk'],
  ])('refuses %s', (_name, page, name) => {
    expect(() => insertTables(page, new Map([[name, ['| new |']]]))).toThrow(PageError);
  });
});

describe('docs/measurements.md', () => {
  it('has a place for each row of the bench', () => {
    const page = readFileSync(new URL('../../docs/measurements.md', import.meta.url), 'utf8');
    const rows = ROWS.map(({ name }) => name);
    const places = [...page.matchAll(/<!-- bench:(.*) -->/g)].map(([, name]) => name!);
    expect(places.filter((name) => name !== 'end')).toEqual(rows);
    expect(() => insertTables(page, new Map(rows.map((name) => [name, []])))).not.toThrow();
  });
});
