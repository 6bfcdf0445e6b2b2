import { CommanderError } from 'commander';
import { describeFailure } from './failure.ts';
import { createProgram } from './program.ts';
import { tell } from './run.ts';

/** Exit status for a wrong command line. */
const USAGE = 2;

/**
 * Runs the command line `argv` (as process.argv). Sets the exit status: 0, 1 if the command failed,
 * 2 if the command line is wrong.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // A closed pipe (`strata ip --help | head`) is no error. Node would end the process with one.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = statusOf(error);
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof CommanderError)) {
    tell(describeFailure(error));
    return 1;
  }
  // Commander has already printed the error. `--help` and `--version` are not errors; a missing
  // command is one.
  return error.exitCode === 0 ? 0 : USAGE;
}
