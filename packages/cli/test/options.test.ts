import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.ts';

const BIN = fileURLToPath(new URL('../bin/strata.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'strata-cli-'));

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('The command line', () => {
  it.each([
    ['an unknown command', ['fly'], "unknown command 'fly'"],
    ['an unknown option', ['up', '--fast'], "unknown option '--fast'"],
    ['an unknown layer', ['service', 'session'], 'link, network, transport, application, console'],
    ['a misspelt layer', ['service', 'trasport'], '(did you mean transport?)'],
    ['no layer', ['service'], "missing required argument 'layer'"],
    ['a port that is none', ['up', '--http-port', '70000'], 'whole number from 0 to 65535'],
    ['a port in words', ['service', 'link', '--health-port', 'x'], 'whole number from 0 to 65535'],
    ['a namespace with a slash', ['up', '--netns', '../x'], 'letters, digits, dots'],
    [
      'a NATS address that is none',
      ['service', 'link', '--nats', 'http://x'],
      'nats://127.0.0.1:4222',
    ],
    ['an API address that is none', ['trace', '--api', 'ftp://x'], 'http://127.0.0.1:7777'],
    ['an unknown layer of a trace', ['trace', '--layer', 'wire'], 'link, network, transport, app'],
    ['a count of nothing', ['trace', '--count', '0'], 'whole number from 1 to'],
    ['a log level that is none', ['up', '--log-level', 'loud'], 'It should be one of: trace'],
    ['a misspelt log level', ['up', '--log-level', 'wran'], '(did you mean warn?)'],
  ])('refuses %s with status 2 and says what is right', async (_what, args, text) => {
    const { status, stdout, stderr } = await runCli(...args);
    expect(stderr).toContain(text);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });

  it('says of which command the help is that would tell', async () => {
    const { stderr } = await runCli('sysctl', '--fast');
    expect(stderr).toContain('(strata sysctl --help lists all options)');
  });

  it('lists all commands: status 0 with --help, 2 without a command', async () => {
    const asked = await runCli('--help');
    expect(asked.status).toBe(0);
    expect(asked.stdout).toMatch(/up.*service.*trace.*config/s);
    const nothing = await runCli();
    expect(nothing.status).toBe(2);
    expect(nothing.stderr).toContain('Usage: strata');
  });

  it('shows defaults only of options that have one', async () => {
    const { stdout } = await runCli('trace', '--help');
    expect(stdout).toContain('(default: http://127.0.0.1:7777)');
    expect(stdout).not.toMatch(/default: (null|undefined)/);
  });

  it('tells its version', async () => {
    expect(await runCli('--version')).toMatchObject({ status: 0, stdout: '0.1.0\n' });
  });

  it.each([
    [['up', '--netns', 'x', '--no-tap'], 'contradict'],
    [['trace', '--pcapng', 'x', '--hex'], 'leave out'],
    [['trace', '--pcapng', '/nowhere/at/all'], 'cannot write /nowhere/at/all'],
    [['trace', '--api', 'http://127.0.0.1:1'], 'no console at http://127.0.0.1:1'],
    [['trace', '--api', 'http://127.0.0.1:1', '--pcapng', '-'], 'no console at http://127.0.0.1:1'],
    [['up', '--config', '/nowhere.yaml'], '/nowhere.yaml'],
  ])('%j fails with status 1 and one line that says why', async (args, text) => {
    const { status, stderr } = await runCli(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^strata: .*\n$/);
    expect(stderr).toContain(text);
  });
});

describe('strata config check', () => {
  it('says that a file is right', async () => {
    const path = file('right.yaml', 'console: { listen: "127.0.0.1:7000" }\n');
    const { status, stdout } = await runCli('config', 'check', path);
    expect(status).toBe(0);
    expect(stdout).toBe(`${path} is right: 2 stacks, 1 wire\n`);
  });

  it('says what is wrong with a file, with the path in it', async () => {
    const path = file('wrong.yaml', 'console: { listen: "127.0.0.1:70000" }\nwrong: 1\n');
    const { status, stderr } = await runCli('config', 'check', path);
    expect(status).toBe(1);
    expect(stderr).toContain('console.listen');
    expect(stderr).toContain('wrong');
  });
});

describe('bin/strata.js', () => {
  it('may be executed', () => {
    expect(statSync(BIN).mode & 0o111).toBe(0o111);
  });

  it('says `npm run build` if it is not built', async () => {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(BIN, join(folder, 'bin', 'strata.mjs'));
    const path = join(folder, 'bin', 'strata.mjs');
    const [status, stderr] = await new Promise<[number, string]>((resolve) => {
      execFile(process.execPath, [path, 'up'], (error, _stdout, text) =>
        resolve([Number(error?.code ?? 0), text]),
      );
    });
    expect(status).toBe(1);
    expect(stderr).toContain('npm run build');
  });
});
