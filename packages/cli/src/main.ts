import { CommanderError } from 'commander';
import { describeFailure } from './failure.ts';
import { createProgram } from './program.ts';
import { tell } from './run.ts';

/** Status of a command that was not typed right. */
const USAGE = 2;

/** Runs the command line `argv` (as process.argv) and sets the exit status: 0, 1 failed, 2 not understood. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = statusOf(error);
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof CommanderError)) {
    tell(describeFailure(error));
    return 1;
  }
  // Commander has said what is wrong. `--help` and `--version` are no errors; no command at all is one.
  return error.exitCode === 0 ? 0 : USAGE;
}
