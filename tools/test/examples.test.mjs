import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readExample } from '../examples/read.mjs';
import { checkTypes, runProgram } from '../examples/run.mjs';
import { ROOMS } from '../imports/rules.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../run-example.mjs', import.meta.url));

/** Every package has a README. The services share one. */
const READMES = [
  ...new Set(
    ROOMS.map(({ dir }) => dir)
      .filter((dir) => dir.includes('/'))
      .map((dir) => (dirname(dir) === 'services' ? 'services' : dir)),
  ),
].map((dir) => `${dir}/README.md`);
/** packages/tap/test-privileged/readme.test.ts tests them. */
const NEED_ROOT = ['packages/tap/README.md'];

const exampleOf = (file) => readExample(readFileSync(join(root, file), 'utf8'));
/** A process takes a second to start, or several seconds on a busy machine. */
const TIMEOUT_MS = 60_000;

describe('the examples of the READMEs', () => {
  it('compile with strict types', () => {
    const programs = READMES.map((file) => [`${dirname(file)}.ts`, exampleOf(file).code]);
    expect(checkTypes(Object.fromEntries(programs))).toBe('');
  });

  it.concurrent.each(READMES.filter((file) => !NEED_ROOT.includes(file)))(
    'print what %s says',
    async (file) => {
      const { code, prints } = exampleOf(file);
      expect(await runProgram(code)).toEqual({ status: 0, stdout: prints, stderr: '' });
    },
    TIMEOUT_MS,
  );
});

describe('readExample', () => {
  const ts = '```ts\nconsole.log(1);\n```\n';
  const text = '```text\n1\n```\n';

  it('finds the program and what it prints, between blocks of other kinds', () => {
    const page = `# A\n\n\`\`\`sh\nls\n\`\`\`\n${ts}\nIt prints:\n\n${text}\n\`\`\`text\n2\n\`\`\`\n`;
    expect(readExample(page)).toEqual({ code: 'console.log(1);\n', prints: '1\n' });
  });

  it.each([
    ['no program', text, 'has 0 `ts` blocks, expected one'],
    ['two programs', ts + text + ts, 'has 2 `ts` blocks, expected one'],
    ['no output', ts, 'has no `text` block after its `ts` block'],
    ['the output in front', text + ts, 'has no `text` block after its `ts` block'],
  ])('refuses a page with %s', (_, page, message) => {
    expect(() => readExample(page)).toThrow(message);
  });
});

describe('the command', () => {
  const check = (code, prints) => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-readme-'));
    const file = join(folder, 'README.md');
    writeFileSync(file, `\`\`\`ts\n${code}\n\`\`\`\n\n\`\`\`text\n${prints}\n\`\`\`\n`);
    const flags = [command, '--check', file];
    const { status, stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    return { status, stdout, stderr: stderr.replaceAll(file, 'FILE') };
  };
  const program = 'const octets: number = 2;\nconsole.log(octets);';

  it('runs an example', () => {
    expect(check(program, '2')).toEqual({ status: 0, stdout: '2\n', stderr: '' });
  });

  it('fails if the output differs', () => {
    const stderr = 'FILE: expected it to print\n3\n\n';
    expect(check(program, '3')).toEqual({ status: 1, stdout: '2\n', stderr });
  });

  it('fails if the program fails', () => {
    expect(check('process.exit(3);', '')).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('checkTypes', () => {
  it('says what is wrong, and where', () => {
    const code =
      "import { formatIpv4 } from '@strata/wire';\nconsole.log(formatIpv4('192.0.2.1'));\n";
    expect(checkTypes({ 'packages/a.ts': code })).toMatch(/packages\/a\.ts\(2,24\): error TS2345/);
  });
});
