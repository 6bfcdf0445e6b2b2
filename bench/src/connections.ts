/**
 * `npm run bench:connections -w bench`: the memory of an idle connection in octets, in the
 * transport core alone and in the whole of `strata up` with the echo service, and the memory of a
 * connection in TIME-WAIT.
 */
import { fileURLToPath } from 'node:url';
import {
  HELD_CONNECTIONS,
  Host,
  memoryOf,
  removeAtSignals,
  reportsMemory,
  run,
  startOneProcess,
} from '@strata/e2e';

const CONNECTIONS = 10_000;

removeAtSignals();
await measureCore();
await measureStack();

async function measureCore(): Promise<void> {
  const script = '../../packages/transport/test/scale/memory.ts';
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    '--conditions=@strata/source',
    '--import',
    'tsx',
    fileURLToPath(new URL(script, import.meta.url)),
    String(CONNECTIONS),
  ]);
  const { octetsPerConnection, octetsPerTimeWait } = JSON.parse(stdout);
  console.log(
    `transport core, ${CONNECTIONS} idle connections: ${octetsPerConnection} octets each`,
  );
  console.log(`transport core, in TIME-WAIT: ${octetsPerTimeWait} octets each`);
}

async function measureStack(): Promise<void> {
  const stack = await startOneProcess({}, undefined, reportsMemory);
  try {
    const [strata] = stack.processes;
    const before = await memoryOf(strata!);
    const client = new Host(stack.netns).launch('client', process.execPath, [
      '--input-type=module',
      '-e',
      HELD_CONNECTIONS,
      '192.0.2.2',
      String(CONNECTIONS),
    ]);
    await client.saysWithin(`held ${CONNECTIONS}`, 60_000);
    const held = await memoryOf(strata!);
    await client.stop();
    const octets = held.heapUsed + held.external - before.heapUsed - before.external;
    const rss = held.rss - before.rss;
    const each = (total: number) => Math.round(total / CONNECTIONS);
    console.log(
      `strata up with echo, ${CONNECTIONS} idle connections: ${each(octets)} octets each (RSS ${each(rss)})`,
    );
  } finally {
    await stack.stop();
  }
}
