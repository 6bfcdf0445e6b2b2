import { fileURLToPath } from 'node:url';
import type { LongRunning } from './process.ts';
import { waitFor } from './wait.ts';

/** Octets. `heapUsed` and `external`: of JavaScript, without garbage; `rss`: of the process. */
export interface MemoryReport {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** Arguments of node for a process that {@link memoryOf} is to be asked of. */
export const reportsMemory: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('report-memory.mjs', import.meta.url)),
];

/** What memory a process has after all garbage is gone. */
export async function memoryOf(running: LongRunning): Promise<MemoryReport> {
  const from = running.stderr.length;
  process.kill(running.pid, 'SIGUSR2');
  const report = () => /^memory (\{.*\})$/m.exec(running.stderr.slice(from))?.[1];
  await waitFor(`${running.name} reports its memory`, () => report() !== undefined, 20_000);
  return JSON.parse(report()!);
}
