import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLinks } from '../links/check.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../check-links.mjs', import.meta.url));

const OTHERS = {
  'docs/other page.md': '# Other\n\n## Where `a()` is, and why\n\n## Twice\n\n## Twice\n',
  'src/a.ts': 'export class A {\n  #arm() {}\n}\nexport function start() {}\n',
  'src/b.ts': 'export function stop() {}\n',
};

/** The refusals for a page docs/page.md, as `line: what`. */
function refusals(page) {
  const root = mkdtempSync(join(tmpdir(), 'strata-links-'));
  try {
    for (const [path, text] of Object.entries({ ...OTHERS, 'docs/page.md': page })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLinks(root).refusals.map(({ file, line, what }) => {
      expect(file).toBe('docs/page.md');
      return `${line}: ${what}`;
    });
  } finally {
    rmSync(root, { recursive: true });
  }
}

// biome-ignore format: a table reads best with one row a line
describe('a link', () => {
  it.each([
    ['to a file', '[a](../src/a.ts)'],
    ['to a folder', '[a](../src), [b](../src/)'],
    ['to a page whose name is encoded', '[a](other%20page.md)'],
    ['to a heading with code in it', '[a](other%20page.md#where-a-is-and-why)'],
    ['to the second of two equal headings', '[a](other%20page.md#twice-1)'],
    ['to a heading of the page itself', '# Here it is\n\n[a](#here-it-is)'],
    ['to somewhere else', '[a](https://example.org/nowhere), [b](mailto:a@example.org)'],
    ['in code', '`[a](nowhere.md)`\n\n```\n[a](nowhere.md)\n```'],
  ])('is taken: %s', (_, page) => {
    expect(refusals(page)).toEqual([]);
  });

  it.each([
    ['to a file that is not there', 'a\n\n[a](../src/c.ts)', '3: ../src/c.ts is not there'],
    ['whose text is code', '[`a`](c.ts)', '1: c.ts is not there'],
    ['behind a block of code', '```\na\n```\n[a](c.ts)', '4: c.ts is not there'],
    ['to a heading that is not there', '[a](other%20page.md#why)', '1: other page.md has no heading for #why'],
    ['to a third heading of two', '[a](other%20page.md#twice-2)', '1: other page.md has no heading for #twice-2'],
  ])('is refused: %s', (_, page, expected) => {
    expect(refusals(page)).toEqual([expected]);
  });
});

// biome-ignore format: a table reads best with one row a line
describe('a function that is named beside a link', () => {
  it.each([
    ['in a row', '| start | [a](../src/a.ts) `start()` |'],
    ['in an item that goes on in the next line', '1. [a](../src/a.ts)\n   `start()`'],
    ['by its class, and private', '- [a](../src/a.ts) `A.#arm()`, `#arm()`'],
    ['in either of two files', '- [a](../src/a.ts) [b](../src/b.ts) `start()`, `stop()`'],
    ['where no file is linked', '- `gone()`'],
    ['in running text, which may speak of anything', '[a](../src/a.ts) and `gone()`'],
  ])('is taken: %s', (_, page) => {
    expect(refusals(page)).toEqual([]);
  });

  it.each([
    ['that the file has not', '| [a](../src/a.ts) | `stop()` |', '1: stop() is not in ../src/a.ts'],
    ['that is part of another name', '- [a](../src/a.ts) `star()`', '1: star() is not in ../src/a.ts'],
    ['in a line that goes on', 'a\n\n1. [a](../src/a.ts)\n   `stop()`', '3: stop() is not in ../src/a.ts'],
  ])('is refused: %s', (_, page, expected) => {
    expect(refusals(page)).toEqual([expected]);
  });
});

describe('the command', () => {
  it("accepts this repo's pages", () => {
    const { status, stderr } = spawnSync(process.execPath, [command, repoRoot], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
