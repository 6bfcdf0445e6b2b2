import { once } from 'node:events';
import { until } from '@strata/conformance';
import { formatNcEvent, parsePorts } from '../src/nc/format.ts';
import { runCli, runCliWithInput } from './run-cli.ts';
import { COMPOSITIONS, type RunningStacks } from './support/compositions.ts';
import { spawnCli } from './support/spawn-cli.ts';

const SERVER = '192.0.2.2';

describe('What strata nc prints', () => {
  const peer = { host: SERVER, port: 7, udp: false };
  it.each([
    [{ kind: 'connected', ...peer }, 'Connection to 192.0.2.2 7 port [tcp/echo] succeeded!'],
    [
      { kind: 'connected', ...peer, port: 9999, udp: true },
      'Connection to 192.0.2.2 9999 port [udp/*] succeeded!',
    ],
    [
      { kind: 'failed', ...peer, code: 'ECONNREFUSED' },
      'nc: connect to 192.0.2.2 port 7 (tcp) failed: Connection refused',
    ],
    [
      { kind: 'failed', ...peer, code: 'EINPROGRESS' },
      'nc: connect to 192.0.2.2 port 7 (tcp) timed out: Operation now in progress',
    ],
    [{ kind: 'listening', ...peer, host: '0.0.0.0' }, 'Listening on 0.0.0.0 7'],
    [{ kind: 'listening', ...peer, host: '0.0.0.0', udp: true }, 'Bound on 0.0.0.0 7'],
    [{ kind: 'received', host: SERVER, port: 7 }, 'Connection received on 192.0.2.2 7'],
  ] as const)('is what nc prints: %j', (event, line) => {
    expect(formatNcEvent(event, false)).toBe(line);
  });

  it.each([
    ['7', [7, 7]],
    ['http', [80, 80]],
    ['1-1024', [1, 1024]],
    ['20-10', [10, 20]],
    ['65536', undefined],
    ['nothing', undefined],
    ['1-2-3', undefined],
  ])('reads ports as nc does: %s', (text, ports) => {
    expect(parsePorts(text)).toEqual(ports);
  });
});

describe.each(COMPOSITIONS)('strata nc %s', (name, start) => {
  let stacks: RunningStacks;
  beforeAll(async () => {
    stacks = await start();
  });
  afterAll(() => stacks.stop());

  const nc = (input: string, ...args: string[]) =>
    runCliWithInput(input, 'nc', ...stacks.target, ...args);

  /** The client's connections. */
  const connections = async () =>
    JSON.parse((await runCli('ss', ...stacks.target, '--stack', 'client', '--json')).stdout);

  it('carries standard input and output', async () => {
    const { stdout, stderr, status } = await nc('hello\n', '-Nv', SERVER, '7');
    expect(stdout).toBe('hello\n');
    expect(stderr).toBe('Connection to 192.0.2.2 7 port [tcp/echo] succeeded!\n');
    expect(status).toBe(0);
  });

  it('takes the stack that --stack names', async () => {
    const { stdout, status } = await nc('', '--stack', 'server', '-N', '127.0.0.1', '13');
    expect(stdout).toMatch(/^\w+day, /);
    expect(status).toBe(0);
  });

  it('tells what happens as JSON', async () => {
    const { stderr, status } = await nc('', '-z', '--json', SERVER, '7-8');
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { kind: 'connected', port: 7 },
      { kind: 'failed', port: 8, code: 'ECONNREFUSED' },
    ]);
    expect(status).toBe(0);
  });

  it('says why nothing came of it', async () => {
    const { stderr, status } = await nc('', SERVER, '8');
    expect(stderr).toBe('nc: connect to 192.0.2.2 port 8 (tcp) failed: Connection refused\n');
    expect(status).toBe(1);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    // Over NATS transport gives an application up that is silent for 60 s.
    ...(name === 'over NATS' ? [] : [['SIGKILL', null] as const]),
  ] as const)(
    'leaves no connection after %s',
    async (signal, status) => {
      const child = spawnCli('nc', ...stacks.target, '-v', SERVER, '7');
      let said = '';
      child.stderr.on('data', (data) => {
        said += data;
      });
      try {
        await until('the connection', () => said.includes('succeeded!'), 20_000);
        expect(await connections()).toHaveLength(1);
        child.kill(signal);
        expect((await once(child, 'close'))[0]).toBe(status);
        await until('its end', async () => (await connections()).length === 0, 10_000);
        expect(said).toBe('Connection to 192.0.2.2 7 port [tcp/echo] succeeded!\n');
      } finally {
        child.kill('SIGKILL');
      }
    },
    40_000,
  );

  it.each([
    [['--stack', 'clent', SERVER, '7'], 'there is no stack clent', 1],
    [['-z', '-l', '7'], '-z looks at ports of a peer: leave out -l', 2],
    [['-k', SERVER, '7'], '-k goes with -l', 2],
    [[SERVER], 'name the port', 2],
    [[], 'name the destination and its port', 2],
    [[SERVER, '70000'], 'port 70000 is wrong: it should be a number from 0 to 65535', 2],
    [['-l', '7', '--stack', 'server'], 'nc: port 7 is in use: choose another one', 1],
  ])('refuses %j', async (args, message, expected) => {
    const { stderr, status } = await nc('', ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(expected);
  });
});

it('strata nc says that no console is there', async () => {
  const { stderr, status } = await runCli('nc', '--api', 'http://127.0.0.1:1', SERVER, '7');
  expect(stderr).toContain('strata: no console at http://127.0.0.1:1 (nobody answers)');
  expect(status).toBe(1);
});
