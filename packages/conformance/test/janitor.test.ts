import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { removeAtEnd, until } from '@strata/conformance';

/**
 * Makes a folder, and a process that writes `ended` beside it when it is told to end; then waits.
 */
const SCRIPT = `
  import { spawn } from 'node:child_process';
  import { mkdtempSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';
  import { removeAtEnd, removeAtSignals } from '@strata/conformance';
  if (process.argv[1] === 'signals') removeAtSignals();
  const folder = mkdtempSync(join(tmpdir(), 'strata-janitor-'));
  removeAtEnd('folder', folder);
  const kept = mkdtempSync(join(tmpdir(), 'strata-janitor-'));
  removeAtEnd('folder', kept)();
  const shell = 'trap "touch ' + kept + '/ended; sleep 0.3; exit" TERM; echo ready; while :; do sleep 0.05; done';
  const child = spawn('sh', ['-c', shell], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  removeAtEnd('process', child.pid);
  child.stdout.once('data', () => console.log(JSON.stringify({ folder, kept, pid: child.pid })));
  setInterval(() => {}, 1000);
`;

interface Things {
  readonly folder: string;
  readonly kept: string;
  readonly pid: number;
}

async function start(mode: 'signals' | 'plain'): Promise<[ChildProcess, Things]> {
  const flags = ['--conditions', '@strata/source', '--import', 'tsx', '--input-type=module'];
  const child = spawn(process.execPath, [...flags, '-e', SCRIPT, mode], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [line] = await once(child.stdout!, 'data');
  const things = JSON.parse(String(line)) as Things;
  // The test's own janitor takes away what is left of a failure.
  removeAtEnd('process', things.pid);
  removeAtEnd('folder', things.kept);
  return [child, things];
}

/** Whether it runs: one that has ended and that its new parent has not asked for yet does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what is to be removed at the end', () => {
  it('is removed when its maker ends, even by SIGKILL', async () => {
    const [child, { folder, pid }] = await start('plain');
    expect([existsSync(folder), isAlive(pid)]).toEqual([true, true]);
    child.kill('SIGKILL');
    await until('the end of the process', () => !isAlive(pid));
    await until('the end of the folder', () => !existsSync(folder));
  }, 30_000);

  it('gets SIGTERM first, so that it can clean up', async () => {
    const [child, { kept }] = await start('plain');
    child.kill('SIGKILL');
    await until('the last act of the process', () => existsSync(`${kept}/ended`));
  }, 30_000);

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'is gone when %s has ended its maker, if that says so',
    async (signal, status) => {
      const [child, { folder, kept, pid }] = await start('signals');
      const exit = once(child, 'exit');
      child.kill(signal);
      // Once more in the middle, as a terminal and npm do.
      await until('the removal', () => existsSync(`${kept}/ended`));
      child.kill(signal);
      expect(await exit).toEqual([status, null]);
      expect([existsSync(folder), isAlive(pid)]).toEqual([false, false]);
      // What was taken back stays.
      expect(existsSync(`${kept}/ended`)).toBe(true);
    },
    30_000,
  );

  it('is refused if its name has white space', () => {
    expect(() => removeAtEnd('folder', '/tmp/a b')).toThrow(RangeError);
  });
});
