import { once } from 'node:events';
import { until } from '@strata/conformance';
import type { IperfFigures } from '@strata/tools';
import {
  intervalHeader,
  intervalLine,
  type LineStyle,
  totalHeader,
  totalLine,
} from '../src/iperf/lines.ts';
import { bits, bytes } from '../src/iperf/units.ts';
import { runCli } from './run-cli.ts';
import { COMPOSITIONS, type RunningStacks } from './support/compositions.ts';
import { spawnCli } from './support/spawn-cli.ts';

describe('What strata iperf prints', () => {
  it.each([
    [0, '0.00 Bytes'],
    [1023, '1023 Bytes'],
    [5000, '4.88 KBytes'],
    [916_480, ' 895 KBytes'],
    [1_174_405, '1.12 MBytes'],
    [556_793_856, ' 531 MBytes'],
    [20 * 1024 * 1024, '20.0 MBytes'],
    [1_116_691_497, '1.04 GBytes'],
  ])('is octets as iperf3 has them: %i', (octets, text) => {
    expect(bytes(octets)).toBe(text);
  });

  it.each([
    [4.38e9, undefined, '4.38 Gbits'],
    [260e6, undefined, ' 260 Mbits'],
    [9.4849e6, undefined, '9.48 Mbits'],
    [999, undefined, ' 999 bits'],
    [9.4849e6, 'k', '9485 Kbits'],
    [9.4849e6, 'G', '0.01 Gbits'],
  ])('is rates as iperf3 has them: %i', (perSecond, unit, text) => {
    expect(bits(perSecond, unit)).toBe(text);
  });

  const tcp: LineStyle = {
    udp: false,
    roles: false,
    isServer: false,
    sends: true,
    unit: undefined,
  };
  const udp: LineStyle = { ...tcp, udp: true };
  const base: IperfFigures = {
    socket: 5,
    start: 0,
    end: 1.02,
    seconds: 1.02,
    bytes: 556_793_856,
    bits_per_second: 4.38e9,
    sender: true,
  };
  const sent = { ...base, retransmits: 7, snd_cwnd: 916_480 };
  const { socket: _socket, ...sum } = { ...sent, retransmits: 13 };
  const datagrams = { ...base, jitter_ms: 0.0104, lost_packets: 3, packets: 39, lost_percent: 7.7 };

  // Captured from iperf 3.12.
  it.each([
    [intervalHeader(tcp), '[ ID] Interval           Transfer     Bitrate         Retr  Cwnd'],
    [intervalHeader({ ...tcp, sends: false }), '[ ID] Interval           Transfer     Bitrate'],
    [
      intervalHeader({ ...tcp, roles: true }),
      '[ ID][Role] Interval           Transfer     Bitrate         Retr  Cwnd',
    ],
    [intervalHeader(udp), '[ ID] Interval           Transfer     Bitrate         Total Datagrams'],
    [totalHeader(tcp, true), '[ ID] Interval           Transfer     Bitrate         Retr'],
    [
      totalHeader(udp, false),
      '[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams',
    ],
    [
      intervalLine(sent, tcp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec    7    895 KBytes       ',
    ],
    [
      intervalLine({ ...sent, omitted: true }, tcp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec    7    895 KBytes       (omitted)',
    ],
    [
      intervalLine(base, tcp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec                  ',
    ],
    [
      intervalLine(sum, tcp),
      '[SUM]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec   13             ',
    ],
    [
      intervalLine({ ...base, packets: 39 }, udp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec  39  ',
    ],
    [
      intervalLine({ ...datagrams, sender: false }, udp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec  0.010 ms  3/39 (7.7%)  ',
    ],
    [
      totalLine(sent, 'sender', tcp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec    7             sender',
    ],
    [
      totalLine(base, 'receiver', tcp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec                  receiver',
    ],
    [
      totalLine(base, 'sender', { ...tcp, roles: true }),
      '[  5][TX-C]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec                  sender',
    ],
    [
      totalLine(datagrams, 'receiver', udp),
      '[  5]   0.00-1.02   sec   531 MBytes  4.38 Gbits/sec  0.010 ms  3/39 (7.7%)  receiver',
    ],
  ])('is what iperf3 prints: %j', (line, expected) => {
    expect(line).toBe(expected);
  });
});

describe.each(COMPOSITIONS)('strata iperf %s', (_name, start) => {
  let stacks: RunningStacks;
  let server: ReturnType<typeof spawnCli>;
  let serverSaid = '';
  let serverFailed = '';
  beforeAll(async () => {
    stacks = await start();
    server = spawnCli('iperf', '-s', '--stack', 'server', ...stacks.target);
    server.stdout.on('data', (data) => {
      serverSaid += data;
    });
    server.stderr.on('data', (data) => {
      serverFailed += data;
    });
    await until(
      'the server',
      () => {
        if (server.exitCode !== null) throw new Error(`the server ended: ${serverFailed}`);
        return serverSaid.includes('(test #1)');
      },
      20_000,
    );
  }, 60_000);
  afterAll(async () => {
    server.kill('SIGINT');
    expect((await once(server, 'close'))[0]).toBe(1);
    expect(serverSaid).toContain('Accepted connection from 192.0.2.3, port ');
    await stacks.stop();
  }, 20_000);

  const iperf = (...args: string[]) =>
    runCli('iperf', ...stacks.target, '-c', '192.0.2.2', ...args);

  it('prints the lines of iperf3', async () => {
    const { stdout, status } = await iperf('-t', '0.4', '-i', '0.2');
    expect(
      stdout
        .replaceAll(/\d+/g, '0')
        .split('\n')
        .filter((line) => !line.startsWith('[')),
    ).toEqual([
      'Connecting to host 0.0.0.0, port 0',
      '- - - - - - - - - - - - - - - - - - - - - - - - -',
      '',
      'iperf Done.',
      '',
    ]);
    expect(stdout).toMatch(
      /\n\[ {2}5\] local 192\.0\.2\.3 port \d+ connected to 192\.0\.2\.2 port 5201\n/,
    );
    expect(stdout).toMatch(
      /\n\[ {2}5\] {3}0\.00-0\.2\d {3}sec .* \w?bits\/sec +\d+ +[\d.]+ \w?Bytes +\n/,
    );
    expect(stdout).toMatch(/ sender\n\[ {2}5\] .* {18}receiver\n/);
    expect(status).toBe(0);
  });

  it('prints the JSON of iperf3', async () => {
    const { stdout, status } = await iperf('-n', '100K', '-R', '--json');
    const { start, intervals, end } = JSON.parse(stdout);
    expect(start.test_start).toMatchObject({ protocol: 'TCP', reverse: 1, bytes: 102_400 });
    expect(intervals[0].sum.sender).toBe(false);
    expect(end.sum_received.bytes).toBeGreaterThanOrEqual(102_400);
    expect(status).toBe(0);
  });

  it('sends datagrams', async () => {
    const { stdout, status } = await iperf('-u', '-b', '2M', '-t', '0.3');
    expect(stdout).toMatch(/ ms {2}0\/\d+ \(0%\) {2}receiver\n/);
    expect(status).toBe(0);
  });

  it.each([
    [
      ['-c', '192.0.2.2', '-p', '8'],
      'iperf3: error - unable to connect to server: Connection refused',
      1,
    ],
    [['-s', '-c', '192.0.2.2'], 'give -s to be the server, or -c HOST to be its client', 2],
    [[], 'give -s to be the server, or -c HOST to be its client', 2],
    [['-c', '192.0.2.2', '-t', '1', '-n', '5'], '-t, -n and -k each say when the test ends', 2],
    [['-c', '192.0.2.2', '-b', 'fast'], 'It should be bits per second, as 500K, 50M or 1G.', 2],
    [['-s', '--stack', 'server'], 'port 5201 is in use: choose another one with -p', 1],
  ])('refuses %j', async (args, message, expected) => {
    const { stderr, status } = await runCli('iperf', ...stacks.target, ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(expected);
  });
});
