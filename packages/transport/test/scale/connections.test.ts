import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LinkedCores } from './linked-cores.ts';

const CHILD = fileURLToPath(new URL('./memory.ts', import.meta.url));

function statesOf(core: LinkedCores['client']): Record<string, number> {
  const states: Record<string, number> = {};
  for (const { state } of core.sockets()) states[state] = (states[state] ?? 0) + 1;
  return states;
}

describe('10,000 connections at once', () => {
  it('are open and idle, and each costs less than 5,000 octets of memory, in TIME-WAIT less than 1,000', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--conditions=@strata/source', '--import', 'tsx', CHILD, '10000'],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const measured = JSON.parse(stdout);
    expect(measured).toMatchObject({ open: 10_000, timeWaits: 10_000 });
    // In addition to this come the Node-like sockets and the application: the whole must stay under
    // 10 KB.
    expect(measured.octetsPerConnection).toBeLessThan(5000);
    expect(measured.octetsPerTimeWait).toBeLessThan(1000);
    // This includes what the compiler keeps of the code that ran.
    expect(measured.octetsLeft / 20_000).toBeLessThan(250);
  }, 120_000);
});

describe('20,000 connections opened and closed (T17)', () => {
  it('leave only TIME-WAIT within its limit, and nothing after 2 MSL', () => {
    const tcp_max_tw_buckets = 3000;
    const cores = new LinkedCores({ tcp_max_tw_buckets });
    for (let round = 0; round < 20; round += 1) {
      cores.connect(1000);
      expect(cores.open).toHaveLength(1000);
      cores.closeAll();
      expect(statesOf(cores.client)).toEqual({
        'TIME-WAIT': Math.min(tcp_max_tw_buckets, (round + 1) * 1000),
      });
      expect(statesOf(cores.server)).toEqual({ LISTEN: 1 });
    }
    expect(cores.client.counters).toMatchObject({
      TcpActiveOpens: 20_000,
      TCPTimeWaitOverflow: 17_000,
      TcpEstabResets: 0,
    });
    cores.advance(60_000);
    expect(cores.client.sockets()).toEqual([]);
    expect(cores.client.counters.TW).toBe(tcp_max_tw_buckets);
    expect([cores.client.nextDeadlineMs(), cores.server.nextDeadlineMs()]).toEqual([
      Infinity,
      Infinity,
    ]);
  }, 60_000);
});
