import { type ChildProcess, spawn } from 'node:child_process';
import { removeAtEnd } from '@strata/conformance';
import { waitFor } from './wait.ts';

const running = new Set<LongRunning>();

/** A program that runs until it is stopped. Keeps what the program has printed. */
export class LongRunning {
  readonly name: string;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  exitCode: number | undefined;
  /** Whether the program has ended, and all its children that share its output. */
  isOver = false;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: { readonly cwd?: string } = {},
  ) {
    this.name = name;
    this.child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that the program can be killed with all its children.
      detached: true,
      ...options,
    });
    // If the program does not exist, there is no pid. The error event reports that.
    const forget = this.child.pid === undefined ? () => {} : removeAtEnd('process', this.child.pid);
    this.child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data.toString();
    });
    this.child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data.toString();
    });
    this.child.on('exit', (code, signal) => {
      this.exitCode = code ?? (signal === null ? -1 : 128);
      running.delete(this);
      forget();
    });
    this.child.on('close', () => {
      this.isOver = true;
    });
    running.add(this);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits for a text on standard output or standard error. */
  async saysWithin(text: string, timeoutMs = 20_000): Promise<void> {
    await waitFor(
      `${this.name} says ${JSON.stringify(text)}`,
      () => {
        if (this.stdout.includes(text) || this.stderr.includes(text)) return true;
        if (this.exitCode !== undefined) {
          throw new Error(
            `${this.name} ended with ${this.exitCode}:\n${this.stdout}\n${this.stderr}`,
          );
        }
        return false;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.stdout.slice(-2000)}\n${this.stderr.slice(-4000)}`);
    });
  }

  /** Sends the signal and waits for the end. Returns the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<number> {
    if (this.exitCode === undefined) this.child.kill(signal);
    await waitFor(
      `${this.name} ends after ${signal}`,
      () => this.exitCode !== undefined,
      timeoutMs,
    );
    return this.exitCode!;
  }
}

/** Kills the programs that a failed test has left running, with all their children. */
export function killAllStarted(): void {
  for (const one of running) {
    try {
      process.kill(-one.pid, 'SIGKILL');
    } catch {
      // The program has ended meanwhile.
    }
  }
}
