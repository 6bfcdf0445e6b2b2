import { fileURLToPath } from 'node:url';
import { LongRunning, run } from '@strata/e2e';

/** The folder of the checkout. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Node's arguments for a program of the bench. It uses the built packages, as `npm start` does. */
export function programArguments(script: string, ...args: readonly string[]): string[] {
  const path = fileURLToPath(new URL(`../programs/${script}`, import.meta.url));
  return ['--import', 'tsx', path, ...args];
}

/**
 * Starts a program of the bench, and waits until it prints `ready`. `netns`: the namespace that it
 * runs in.
 */
export async function startProgram(
  script: string,
  args: readonly string[],
  netns?: string,
): Promise<LongRunning> {
  const node = [process.execPath, ...programArguments(script, ...args)];
  const [command, ...rest] = netns === undefined ? node : ['ip', 'netns', 'exec', netns, ...node];
  const program = new LongRunning(script, command!, rest, { cwd: ROOT });
  await program.saysWithin('ready', 30_000);
  return program;
}

/** Runs `ip` with the words of `line`. */
export async function ip(line: string): Promise<void> {
  await run('ip', line.split(' '));
}

/** Removes a namespace if it still exists. */
export async function removeNamespace(netns: string): Promise<void> {
  await run('ip', ['netns', 'del', netns], { check: false });
}
