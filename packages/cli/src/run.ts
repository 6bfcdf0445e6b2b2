import {
  type Config,
  createLogger,
  type Lifecycle,
  type Logger,
  type LogLevel,
  runUntilSignal,
  SILENT,
} from '@strata/runtime';
import { CliError, describeFailure } from './failure.ts';

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

/** The name, in messages, of a config that options may have changed. */
export const CHANGED_CONFIG = 'the config, with the options given';

/**
 * The config without a fixed health port: for a process without a health server, or with one on
 * another machine.
 */
export function withoutHealth(config: Config): Config {
  return { ...config, health: { listen: { ...config.health.listen, port: 0 } } };
}

/** A log at `level`, or at the config's level. */
export function createLog(config: Config, level: LogLevel | undefined): Logger {
  return createLogger(level ?? config.log.level);
}

/** Runs a server until a signal. A failure prints one message, and gives exit status 1. */
export function runServer(
  log: Logger,
  start: (lifecycle: Lifecycle) => Promise<void>,
  readyLine: () => string,
): Promise<never> {
  return runUntilSignal({
    // onFailure prints failures; the log would repeat them.
    log: { ...SILENT, warn: (fields, message) => log.warn(fields, message) },
    start,
    onReady: () => process.stdout.write(`ready ${readyLine()}\n`),
    onFailure: (error) => tell(describeFailure(error)),
  });
}
