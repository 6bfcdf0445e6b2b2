import { once } from 'node:events';
import { connect } from 'node:net';
import { SOCKET_STATES } from '@strata/contract';
import { Metrics, startHealthServer } from '@strata/runtime';
import { type ApiSocket, isWanted, type SocketFilter, toQuery } from '../src/ss/socket.ts';
import { runCli } from './run-cli.ts';
import { type OneProcess, startOneProcess } from './support/compositions.ts';

let stacks: OneProcess;

beforeAll(async () => {
  stacks = await startOneProcess();
});

afterAll(() => stacks.stop());

const ss = (...args: string[]) => runCli('ss', ...stacks.target, ...args);

/**
 * A connection through both stacks that has carried something and stands open while `action` runs.
 */
async function whileConnected(action: () => Promise<void>): Promise<void> {
  const socket = connect(stacks.composition.forwards[0]!.port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('x'.repeat(5000));
    let got = 0;
    while (got < 5000) got += ((await once(socket, 'data')) as [Buffer])[0].byteLength;
    await action();
  } finally {
    socket.destroy();
  }
}

describe('What strata ss asks for', () => {
  const filter = (given: Partial<SocketFilter>): SocketFilter => ({
    tcp: false,
    udp: false,
    listening: false,
    all: false,
    states: [],
    ...given,
  });

  it('leaves out sockets that are not shown, such as those in TIME-WAIT', () => {
    expect(toQuery(filter({}))['state']).not.toContain('TIME-WAIT');
    expect(toQuery(filter({ tcp: true, listening: true }))).toEqual({
      protocol: ['tcp'],
      state: ['CLOSED', 'LISTEN', 'UNCONNECTED'],
    });
    expect(toQuery(filter({ states: ['established'] }))).toEqual({ state: ['ESTABLISHED'] });
  });

  it('asks for all sockets if all are shown', () => {
    expect(toQuery(filter({ all: true }))).toEqual({});
    expect(toQuery(filter({ tcp: true, udp: true, states: ['all'] }))).toEqual({});
  });

  it.each([{}, { udp: true }, { listening: true }, { states: ['connected', 'closed'] }])(
    'has all that is shown with %j',
    (given) => {
      const query = toQuery(filter(given));
      for (const protocol of ['tcp', 'udp'] as const) {
        for (const state of SOCKET_STATES) {
          if (!isWanted(filter(given), { protocol, state })) continue;
          expect(query['state'] ?? [state]).toContain(state);
          expect(query['protocol'] ?? [protocol]).toContain(protocol);
        }
      }
    },
  );
});

describe('strata ss', () => {
  it('lists what listens, of one stack or of all', async () => {
    const { status, stdout } = await ss('-tln', '--stack', 'server');
    expect(status).toBe(0);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^Netid +State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port$/);
    expect(rows.some((row) => /^tcp +LISTEN +0 +\d+ +0\.0\.0\.0:7 +0\.0\.0\.0:\*$/.test(row))).toBe(
      true,
    );
    expect(rows.every((row) => row.startsWith('tcp'))).toBe(true);
    expect((await ss('-uln')).stdout).toMatch(/^server udp +UNCONN/m);
  });

  it('shows what TCP knows of a connection, in ss’s notation, with timers and window', async () => {
    await whileConnected(async () => {
      const { stdout } = await ss('-tio', '--window', '--stack', 'client');
      expect(stdout).toMatch(/^tcp +ESTAB +0 +0 +192\.0\.2\.3:\d+ +192\.0\.2\.2:7/m);
      expect(stdout).toMatch(/^\t ts sack cubic wscale:\d+,\d+ rto:[\d.]+ rtt:[\d.]+\/[\d.]+ /m);
      expect(stdout).toMatch(/ mss:1448 pmtu:1500 .* cwnd:\d+ .*bytes_acked:5000 /);
      expect(stdout).toContain('bytes_received:5000 ');
      expect(stdout).toMatch(/ delivery_rate [\d.]+[kMG]bps delivered:\d+ /);
      expect(stdout).toMatch(/ lastsnd:\d+ lastrcv:\d+ lastack:\d+ pacing_rate [\d.]+[kMG]bps /);
      expect(stdout).toMatch(/\t ====\|\| {2}window \d+ \(to \d+\), congestion window \d+/);
      expect(stdout).toMatch(/\t = acknowledged +5000 {2}1\.\.5000/);
    });
  });

  it('tells all as JSON, and filters by state', async () => {
    await whileConnected(async () => {
      const { stdout } = await ss('--json', '--state', 'established');
      const sockets = JSON.parse(stdout) as (ApiSocket & { stack: string })[];
      expect(sockets.map(({ stack }) => stack).sort()).toEqual(['client', 'server']);
      for (const { tcp } of sockets) {
        expect(tcp).toMatchObject({
          acknowledgedOctets: 5000,
          receivedOctets: 5000,
          pathMtu: 1500,
        });
        expect(tcp!.sndNxt).toBe((tcp!.iss + 5001) >>> 0);
        expect(tcp!.minRttMs).toBeGreaterThan(0);
        expect(tcp!.busyMs).toBeGreaterThan(0);
      }
      const closing = await ss('--json', '--state', 'closing');
      expect(JSON.parse(closing.stdout)).toEqual([]);
    });
  });

  it('says in words that there is no such stack, state or console', async () => {
    expect(await ss('--stack', 'nobody')).toMatchObject({ status: 1 });
    expect((await ss('--state', 'asleep')).stderr).toContain('established');
    const { status, stderr } = await runCli('ss', '--api', 'http://127.0.0.1:9');
    expect(status).toBe(1);
    expect(stderr).toContain('is `strata up` running?');
  });

  it.each([
    ['ss', []],
    ['sysctl', ['-a']],
    ['trace', []],
    ['trace', ['--pcapng', '-']],
  ])(
    'strata %s %j points to NATS where something else answers, as a service does',
    async (command, args) => {
      const health = () => ({ ok: true, reasons: [] });
      const service = await startHealthServer({
        listen: { host: '127.0.0.1', port: 0 },
        health,
        metrics: new Metrics(),
      });
      const url = `http://127.0.0.1:${service.address.port}`;
      const { status, stderr } = await runCli(command, '--api', url, ...args);
      await service.stop();
      expect(status).toBe(1);
      expect(stderr).toContain(
        `no console at ${url} (another server answers there, with status 404)`,
      );
      expect(stderr).toContain('--nats URL (or STRATA_NATS)');
    },
  );
});
