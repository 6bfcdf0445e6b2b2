import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { type RunOptions, run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import {
  type RunningStack,
  SERVER,
  STRATA,
  startOneProcess,
  startServices,
  temporaryFolder,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

const HOST = '192.0.2.1';

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNatsServer();
});
afterAll(async () => {
  killAllStarted();
  await nats?.stop();
});

/** What iperf3 -J and strata iperf --json print, as far as it is looked at here. */
interface IperfJson {
  readonly intervals: readonly unknown[];
  readonly end: {
    readonly streams: readonly object[];
    readonly sum_sent: { readonly bytes: number };
    readonly sum_received: { readonly bytes: number };
    readonly sum_received_bidir_reverse?: { readonly bytes: number };
    readonly sum?: { readonly packets: number; readonly lost_packets: number };
  };
}

const TESTS = [
  ['TCP', ['-t', '2', '-P', '2']],
  ['TCP in reverse', ['-t', '2', '-R']],
  ['TCP both ways', ['-t', '2', '--bidir']],
  ['UDP', ['-t', '2', '-u', '-b', '10M']],
  ['UDP in reverse', ['-t', '2', '-u', '-b', '10M', '-R']],
  ['a number of octets', ['-n', '5M']],
  ['a number of octets in reverse', ['-n', '5M', '-R']],
] as const;

function expectMoved({ end }: IperfJson, args: readonly string[]): void {
  expect(end.sum_sent.bytes).toBeGreaterThan(1_000_000);
  // As with two iperf3, a receiver misses what is on its way at the end.
  if (!args.includes('-n')) expect(end.sum_received.bytes).toBeGreaterThan(end.sum_sent.bytes / 4);
  if (args.includes('--bidir')) {
    expect(end.sum_received_bidir_reverse!.bytes).toBeGreaterThan(1_000_000);
  }
  if (!args.includes('-u')) return;
  expect(end.sum!.packets).toBeGreaterThan(1000);
  expect(end.sum!.lost_packets).toBeLessThan(end.sum!.packets / 10);
}

describe.each([
  ['one process', () => startOneProcess()],
  ['four services over NATS', () => startServices(nats.url)],
] as const)('Tools on the stack of %s', (_name, start) => {
  let stack: RunningStack;
  let host: Host;
  beforeAll(async () => {
    stack = await start();
    host = new Host(stack.netns);
  }, 60_000);
  afterAll(() => stack?.stop(), 60_000);

  const words = (...args: string[]) => [
    STRATA,
    args[0]!,
    ...stack.traceArguments,
    '--stack',
    'server',
    ...args.slice(1),
  ];
  const strata = (args: readonly string[], options?: RunOptions) =>
    run(process.execPath, words(...args), options);
  const launch = (...args: string[]) => new LongRunning('strata', process.execPath, words(...args));

  describe('iperf', () => {
    it.each(TESTS)(
      'tests against the iperf3 of Linux: %s',
      async (_what, args) => {
        const server = host.launch('iperf3', 'iperf3', ['-s', '-1', '--forceflush']);
        await waitFor('iperf3 listens', () => server.stdout.includes('Server listening'));
        const { stdout } = await strata(['iperf', '-c', HOST, '--json', ...args]);
        expectMoved(JSON.parse(stdout), args);
        await waitFor('iperf3 ends', () => server.exitCode !== undefined);
        expect(server.exitCode).toBe(0);
      },
      40_000,
    );

    it.each(TESTS)(
      'serves the iperf3 of Linux: %s',
      async (_what, args) => {
        const server = launch('iperf', '-s', '-1');
        await waitFor('it listens', () => server.stdout.includes('Server listening'));
        const { stdout } = await host.run('iperf3', ['-c', SERVER, '-J', ...args]);
        expectMoved(JSON.parse(stdout), args);
        await waitFor('it ends', () => server.exitCode !== undefined);
        expect(server.exitCode).toBe(0);
        expect(server.stdout).toMatch(/ (sender|receiver)\n/);
      },
      40_000,
    );
  });

  describe('nc', () => {
    const data = Buffer.alloc(3_000_000, 'strata nc\n');

    it('takes what the nc of Linux sends', async () => {
      const server = launch('nc', '-v', '-d', '-l', '5000');
      await waitFor('it listens', () => server.stderr.includes('Listening on 0.0.0.0 5000'));
      await host.run('nc', ['-N', SERVER, '5000'], { input: data });
      await waitFor('it ends', () => server.isOver);
      expect(server.stdout === data.toString()).toBe(true);
      expect(server.exitCode).toBe(0);
      expect(server.stderr).toContain(`Connection received on ${HOST} `);
    }, 40_000);

    it('sends to the nc of Linux', async () => {
      const server = host.launch('nc', 'nc', ['-d', '-l', HOST, '5001']);
      await waitFor('nc listens', async () => {
        const { stdout } = await host.run('ss', ['-Htln', 'sport = 5001']);
        return stdout !== '';
      });
      const { stderr } = await strata(['nc', '-v', '-N', HOST, '5001'], { input: data });
      expect(stderr).toBe(`Connection to ${HOST} 5001 port [tcp/*] succeeded!\n`);
      await waitFor('nc ends', () => server.isOver);
      expect(server.stdout === data.toString()).toBe(true);
    }, 40_000);

    it('scans ports with the lines of the nc of Linux', async () => {
      const server = host.launch('nc', 'nc', ['-k', '-l', HOST, '13']);
      await waitFor('nc listens', async () => {
        const { stdout } = await host.run('ss', ['-Htln', 'sport = 13']);
        return stdout !== '';
      });
      const ours = await strata(['nc', '-zv', HOST, '12-14']);
      const theirs = await host.run('nc', ['-zvn', HOST, '12-14']);
      expect(ours.stderr.replace('[tcp/daytime]', '[tcp/*]')).toBe(theirs.stderr);
      expect(ours.code).toBe(theirs.code);
      await server.stop('SIGKILL');
    }, 40_000);
  });

  describe('curl', () => {
    it('fetches from the HTTP server of Linux what was stored there', async () => {
      const folder = temporaryFolder();
      const stored = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 7) >>> 3));
      writeFileSync(join(folder, 'stored'), stored);
      const server = host.launch('python', 'python3', [
        ...['-u', '-m', 'http.server', '--bind', HOST, '--directory', folder, '8000'],
      ]);
      await waitFor('python listens', () => server.stdout.includes('Serving HTTP'));
      const fetched = join(folder, 'fetched');
      const format = '%{http_code} %{size_download}';
      const url = `http://${HOST}:8000/stored`;
      const { stdout } = await strata(['curl', '-s', '-o', fetched, '-w', format, url]);
      expect(stdout).toBe('200 2000000');
      const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      expect(sha256(readFileSync(fetched))).toBe(sha256(stored));
      await server.stop('SIGKILL');
    }, 40_000);

    it("has curl's status where curl has it", async () => {
      for (const args of [
        [`http://${HOST}:1/`],
        ['-m', '1', 'http://192.0.2.99/'],
        ['http://['],
        ['ftp-no://x/'],
      ]) {
        const ours = await strata(['curl', '-sS', ...args], { check: false });
        const theirs = await host.run('curl', ['-sS', ...args], { check: false });
        expect([args, ours.code]).toEqual([args, theirs.code]);
      }
    }, 60_000);
  });
});
