import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/**
 * Nothing is optimized and nothing happens beside the main thread, so that each run makes the same
 * objects.
 */
const V8 = [
  ...['--no-opt', '--no-maglev', '--no-sparkplug', '--no-use-osr', '--single-threaded'],
  ...['--no-lazy-feedback-allocation', '--no-flush-bytecode'],
];

/** What count.ts has counted in a process of its own. */
export async function runCount<Counts>(...args: string[]): Promise<Counts> {
  const loading = ['--conditions=@strata/source', '--import', here('register.mjs')];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...V8, ...loading, here('count.ts'), ...args],
    { env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 2 ** 24, timeout: 240_000 },
  );
  return JSON.parse(stdout) as Counts;
}
