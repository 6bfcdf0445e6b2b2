import { CliError } from './failure.ts';

/** Writes a message for the user to standard error. Standard output is for the command's result. */
export function tell(line: string): void {
  process.stderr.write(`strata: ${line}\n`);
}

/**
 * Writes the command's result to standard output. A closed pipe (`strata ss | head -1`) is not an
 * error. Rejects with CliError if the write fails.
 */
export function print(text: string): Promise<void> {
  const { stdout } = process;
  // The callback gets the error. Node also emits it, and ends the process if nobody listens.
  if (stdout.listenerCount('error') === 0) stdout.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    if (!stdout.writable) return resolve();
    stdout.write(text, (error) => {
      const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
      if (!error || code === 'EPIPE') resolve();
      else reject(new CliError(`cannot write standard output: ${message}`));
    });
  });
}
