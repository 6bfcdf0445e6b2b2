import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOMS } from '../imports/rules.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const cores = ROOMS.filter(({ pure }) => pure);

/** Each of these names something that Node or a browser adds to the language. */
const FOREIGN = [
  'setTimeout(() => {}, 1)',
  'setInterval(() => {}, 1)',
  'setImmediate(() => {})',
  'queueMicrotask(() => {})',
  "Buffer.from('a')",
  'process.hrtime()',
  'performance.now()',
  "console.log('a')",
  'crypto.getRandomValues(new Uint8Array(1))',
  'new TextEncoder()',
  "fetch('a')",
  "require('a')",
];

/**
 * Compiles one statement per line with a core's own settings. Returns what tsc prints, by line from
 * 1.
 */
function compile(dir, expressions) {
  const folder = mkdtempSync(join(tmpdir(), 'strata-core-'));
  const config = {
    extends: join(repoRoot, dir, 'tsconfig.json'),
    compilerOptions: { noEmit: true, rootDir: folder },
    include: [folder],
  };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const text = expressions.map((expression, at) => `export const v${at} = ${expression};\n`);
  writeFileSync(join(folder, 'a.ts'), text.join(''));
  const tsc = join(repoRoot, 'node_modules/.bin/tsc');
  const { stdout, error } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  if (error) throw error;
  return stdout;
}

describe.each(cores.map(({ room, dir }) => [room, dir]))('the core %s', (_, dir) => {
  let printed = '';
  beforeAll(() => {
    printed = compile(dir, FOREIGN);
  });

  it('compiles plain ECMAScript', () => {
    expect(compile(dir, ['new Uint8Array(4).fill(Math.min(1, 2)).at(-1)'])).toBe('');
  });

  it.each(FOREIGN.map((expression, at) => [expression, at]))('refuses %s', (expression, at) => {
    const [name] = expression.replace('new ', '').split(/\W/);
    const line = printed.split('\n').find((text) => text.includes(`a.ts(${at + 1},`));
    expect(line).toContain(`Cannot find name '${name}'`);
  });
});
