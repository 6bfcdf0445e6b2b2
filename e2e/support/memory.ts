import { fileURLToPath } from 'node:url';
import type { LongRunning } from './process.ts';
import { waitFor } from './wait.ts';

/**
 * Octets. `heapUsed` and `external`: JavaScript's memory without garbage. `rss`: the memory of the
 * process.
 */
export interface MemoryReport {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** Arguments of node for a process whose memory {@link memoryOf} can read. */
export const reportsMemory: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('report-memory.mjs', import.meta.url)),
];

/** The memory of a process after a full garbage collection. */
export async function memoryOf(running: LongRunning): Promise<MemoryReport> {
  const from = running.stderr.length;
  process.kill(running.pid, 'SIGUSR2');
  const report = () => /^memory (\{.*\})$/m.exec(running.stderr.slice(from))?.[1];
  await waitFor(`${running.name} reports its memory`, () => report() !== undefined, 20_000);
  return JSON.parse(report()!);
}
