import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('cli-process.ts', import.meta.url));

/** Starts the command line in a process of its own. The caller ends it. */
export function spawnCli(...args: readonly string[]): ChildProcessWithoutNullStreams {
  const flags = ['--conditions=@strata/source', '--import', 'tsx', SCRIPT, ...args];
  return spawn(process.execPath, flags, { env: { ...process.env, NODE_OPTIONS: '' } });
}
