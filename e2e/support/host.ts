import { type RunOptions, type RunResult, run } from './command.ts';
import { LongRunning } from './process.ts';

/** The Linux host at the other end of the TAP. Commands run in its network namespace. */
export class Host {
  readonly netns: string;

  constructor(netns: string) {
    this.netns = netns;
  }

  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return run('ip', ['netns', 'exec', this.netns, command, ...args], options);
  }

  /** Runs a line in a shell, for pipes. */
  shell(line: string, options?: RunOptions): Promise<RunResult> {
    return this.run('bash', ['-o', 'pipefail', '-c', line], options);
  }

  /** Runs a Node script in plain JavaScript, given as text, with `args`. */
  node(script: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.run(process.execPath, ['--input-type=module', '-e', script, ...args], options);
  }

  launch(name: string, command: string, args: readonly string[]): LongRunning {
    return new LongRunning(name, 'ip', ['netns', 'exec', this.netns, command, ...args]);
  }
}
