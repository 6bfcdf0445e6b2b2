import { Host } from '../support/host.ts';
import { memoryOf, reportsMemory } from '../support/memory.ts';
import { killAllStarted } from '../support/process.ts';
import { HELD_CONNECTIONS } from '../support/scripts.ts';
import { SERVER, startOneProcess } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

const CONNECTIONS = 10_000;

async function statesOf(api: string): Promise<Record<string, number>> {
  const response = await fetch(`${api}/api/sockets?stack=server`);
  const text = await response.text();
  const states: Record<string, number> = {};
  for (const [, state] of text.matchAll(/"state":\s*"([^"]+)"/g)) {
    states[state!] = (states[state!] ?? 0) + 1;
  }
  return states;
}

describe('10,000 idle connections in one process', () => {
  it('each takes less than 10 KB of memory, application included, and leaves nothing behind', async () => {
    const stack = await startOneProcess({}, undefined, reportsMemory);
    const [strata] = stack.processes;
    const before = await memoryOf(strata!);
    const script = [process.execPath, '--input-type=module', '-e', HELD_CONNECTIONS];
    const client = new Host(stack.netns).launch('client', 'bash', [
      '-c',
      'ulimit -n 16384; exec "$@"',
      'bash',
      ...script,
      SERVER,
      String(CONNECTIONS),
    ]);
    await client.saysWithin(`held ${CONNECTIONS}`, 90_000);
    const held = await memoryOf(strata!);
    const grown = held.heapUsed + held.external - before.heapUsed - before.external;
    expect(grown / CONNECTIONS).toBeLessThan(10_000);
    expect((await statesOf(stack.api!))['ESTABLISHED']).toBe(CONNECTIONS);
    await client.stop();
    // The list of so many sockets is work too: it is not asked for all the time.
    const areGone = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { LISTEN, UNCONNECTED, ...others } = await statesOf(stack.api!);
      return Object.keys(others).length === 0;
    };
    await waitFor('all connections are gone', areGone, 120_000);
    const after = await memoryOf(strata!);
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      0.2 * grown,
    );
    await stack.stop();
  }, 300_000);
});
