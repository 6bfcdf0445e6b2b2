import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { LongRunning } from './process.ts';
import { freePort, STRATA, temporaryFolder } from './stacks.ts';

/** A running `strata lab up`. */
export interface RunningLab {
  readonly process: LongRunning;
  /** Runs `strata lab exec NODE -- …` and gives its standard output. */
  exec(node: string, ...words: readonly string[]): Promise<string>;
  /** Runs another command of `strata lab` on it. */
  lab(command: string, ...words: readonly string[]): Promise<string>;
  /** Ctrl-C. Throws if it does not end with 0. */
  stop(): Promise<void>;
}

/** Starts a lab: the text of a lab file, or the name of a ready one. `args`: further options. */
export async function startLab(lab: string, ...args: readonly string[]): Promise<RunningLab> {
  let file = lab;
  if (lab.includes('\n')) {
    file = join(temporaryFolder(), 'lab.yaml');
    writeFileSync(file, lab);
  }
  const port = `${await freePort()}`;
  const words = ['lab', 'up', file, '--console', port, ...args];
  const up = new LongRunning('strata lab up', process.execPath, [STRATA, ...words]);
  // The word alone is in "already" too.
  await up.saysWithin('console http://', 30_000);
  const call = async (command: string, ...more: readonly string[]) => {
    const all = [STRATA, 'lab', command, '--console', port, ...more];
    return (await run(process.execPath, all)).stdout;
  };
  return {
    process: up,
    lab: call,
    exec: (node, ...more) => call('exec', node, '--', ...more),
    async stop() {
      const code = await up.stop('SIGINT');
      if (code !== 0) throw new Error(`strata lab up ended with ${code}:\n${up.stderr}`);
    },
  };
}
