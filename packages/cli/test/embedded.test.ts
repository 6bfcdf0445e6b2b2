import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('support/embedded.ts', import.meta.url));
/** A process takes a while to start; the timers that must not hold it run for 60 s and more. */
const DEADLINE_MS = 30_000;

let child: ChildProcess | undefined;

/** Runs a task of the script until it ends by itself; what it has printed. */
async function run(task: string, kind: string): Promise<string> {
  const flags = ['--conditions=@strata/source', '--import', 'tsx', SCRIPT, task, kind];
  const options = { env: { ...process.env, NODE_OPTIONS: '' } };
  child = spawn(process.execPath, flags, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout!.on('data', (data) => {
    output += data;
  });
  const late = setTimeout(() => child!.kill('SIGKILL'), DEADLINE_MS);
  const [status, signal] = await once(child, 'close');
  clearTimeout(late);
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  return output;
}

describe('A program with all layers in it', () => {
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  it.each([
    ['unread data', ''],
    ['time-wait', 'question'],
    ['paused with a full buffer', ''],
    ['a window that is shut', ''],
  ])(
    'ends by itself, as on the kernel: %s',
    async (task, received) => {
      for (const kind of ['kernel', 'ours']) {
        expect(await run(task, kind)).toBe(`received ${received}\n`);
      }
    },
    90_000,
  );

  it.each([
    'written and lost',
    'datagram to a neighbour that is asked again',
    'datagram on a long wire',
  ])(
    'does not end before what it sent has arrived: %s',
    async (task) => {
      expect(await run(task, 'ours')).toBe('received all of it\n');
    },
    60_000,
  );
});
