import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFiles } from '../files/check.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../check-files.mjs', import.meta.url));

/** The refusals for these files, as `file:line: the first words`. */
function refusals(files) {
  const root = mkdtempSync(join(tmpdir(), 'strata-files-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkFiles(root).refusals.map(
      ({ file, line, what }) => `${file}:${line}: ${what.split(';')[0]}`,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

const wide = (start) => `${start}${'word '.repeat(24)}\n`;
const many = (count) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`src/f${index}.ts`, '\n']));

describe('a comment', () => {
  it.each([
    ['a.ts', '  // '],
    ['a.ts', '/** '],
    ['a.ts', ' * '],
    ['a.mjs', '// '],
    ['a.proto', '  // '],
    ['a.c', ' * '],
    ['a.sh', '# '],
    ['a.yaml', '# '],
  ])('that is wider than 100 columns is refused: %s, %j', (file, start) => {
    const [refusal, ...more] = refusals({ [file]: `x\n${wide(start)}` });
    expect(refusal).toMatch(new RegExp(`^${file}:2: a comment of 1\\d\\d columns$`));
    expect(more).toEqual([]);
  });

  it.each([
    ['of 100 columns', `// ${'w '.repeat(48)}w\n`],
    ['of 100 characters that are several octets', `// ${'é '.repeat(48)}é\n`],
    ['with a word that cannot be broken', `// ${'w'.repeat(120)}\n`],
    ['with a row of a table', wide('//   strata.v1.wire   WireFrameBatch   ')],
    ['to a tool', wide('// biome-ignore lint/a: ')],
    ['that is no comment', wide("const text = '")],
  ])('is taken: %s', (_, text) => {
    expect(refusals({ 'a.ts': text })).toEqual([]);
  });
});

describe('a folder of sources', () => {
  it('of 19 files is accepted, one of 20 is refused', () => {
    expect(refusals(many(19))).toEqual([]);
    expect(refusals(many(20))).toEqual(['src:1: 20 files']);
  });
});

describe('the command', () => {
  const run = (...args) => spawnSync('node', [command, ...args], { encoding: 'utf8' });

  it('finds nothing in this repository', () => {
    const { status, stdout, stderr } = run(repoRoot);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^check-files: \d+ files, 0 refused\n$/);
  });

  it('exits with 1 and a line for each refusal', () => {
    const root = mkdtempSync(join(tmpdir(), 'strata-files-'));
    try {
      writeFileSync(join(root, 'a.ts'), wide('// '));
      const { status, stderr } = run(root);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^a\.ts:1: a comment of \d+ columns; at most 100: wrap it\n$/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
