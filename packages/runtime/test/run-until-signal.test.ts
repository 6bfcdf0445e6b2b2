import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './support/until.ts';

const SCRIPT = fileURLToPath(new URL('support/process.ts', import.meta.url));

class Process {
  readonly child: ChildProcess;
  output = '';
  ended: { status: number | null; signal: string | null } | undefined;

  constructor(task: string, env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@strata/source', SCRIPT, task],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '', ...env } },
    );
    this.child.stdout!.on('data', (data) => {
      this.output += data;
    });
    this.child.on('close', (status, signal) => {
      this.ended = { status, signal };
    });
  }

  says(text: string): Promise<void> {
    return until(`output '${text}'`, () => this.output.includes(text), 30_000);
  }

  async end(): Promise<number | null> {
    await until('the end', () => this.ended !== undefined, 30_000);
    return this.ended!.status;
  }
}

describe('A process that runs until a signal', () => {
  const started: Process[] = [];

  function start(task: string, env?: NodeJS.ProcessEnv): Process {
    const one = new Process(task, env);
    started.push(one);
    return one;
  }

  afterEach(async () => {
    for (const one of started.splice(0)) {
      if (one.ended !== undefined) continue;
      one.child.kill('SIGKILL');
      await one.end();
    }
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'drains and ends with 0 on %s',
    async (signal) => {
      const one = start('run');
      await one.says('ready');
      one.child.kill(signal);
      expect(await one.end()).toBe(0);
      expect(one.output).toBe('ready\nstopping\nstopped\nexit handler\n');
    },
    40_000,
  );

  it('ends at once with 1 on a second signal, after its exit handlers', async () => {
    const one = start('slow');
    await one.says('ready');
    one.child.kill('SIGTERM');
    await one.says('stopping');
    one.child.kill('SIGTERM');
    expect(await one.end()).toBe(1);
    expect(one.output).toBe('ready\nstopping\nexit handler\n');
  }, 40_000);

  it('stops its parts and ends with 1 on an error that nobody handles', async () => {
    const one = start('crash');
    expect(await one.end()).toBe(1);
    expect(one.output).toBe('ready\nfailure: a bug\nstopping\nstopped\nexit handler\n');
  }, 40_000);

  it('stops the started parts and ends with 1 if it cannot start', async () => {
    const one = start('no start');
    expect(await one.end()).toBe(1);
    expect(one.output).toBe('failure: the port is taken\nstopping\nstopped\nexit handler\n');
  }, 40_000);
});
