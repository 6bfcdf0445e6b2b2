import { Readable } from 'node:stream';
import { main } from '../src/index.ts';

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Warnings that Node itself prints, once per process. */
const NODE_WARNING = /^\(node:\d+\) \w*Warning: /;

type Write = typeof process.stdout.write;

/** Runs the command line in this process, for commands that end by themselves. */
export async function runCli(...args: readonly string[]): Promise<CliResult> {
  const printed = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const originals = streams.map((name) => process[name].write);
  for (const name of streams) {
    process[name].write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      const plain = typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
      if (!NODE_WARNING.test(plain)) printed[name] += plain;
      const callback = rest.find((argument) => typeof argument === 'function');
      if (typeof callback === 'function') callback();
      return true;
    }) as Write;
  }
  const statusBefore = process.exitCode;
  process.exitCode = 0;
  try {
    await main(['node', 'strata', ...args]);
    return { status: Number(process.exitCode), ...printed };
  } finally {
    process.exitCode = statusBefore;
    for (const [index, name] of streams.entries()) process[name].write = originals[index]!;
  }
}

/** Runs the command line in this process, with this standard input. */
export async function runCliWithInput(
  input: Readable | string,
  ...args: readonly string[]
): Promise<CliResult> {
  const original = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  const value = typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input;
  Object.defineProperty(process, 'stdin', { value, configurable: true });
  try {
    return await runCli(...args);
  } finally {
    Object.defineProperty(process, 'stdin', original);
  }
}
