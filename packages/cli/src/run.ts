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

/** Writes a line for the person at the terminal; standard output is for what the command is asked for. */
export function tell(line: string): void {
  process.stderr.write(`strata: ${line}\n`);
}

/**
 * Writes what the command was asked for. Whose reader is gone (`strata ss | head -1`) ends without an error; rejects with CliError where
 * it cannot be written.
 */
export function print(text: string): Promise<void> {
  const { stdout } = process;
  // The callback tells of an error; without somebody who hears of it here too, Node ends the process.
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

/** What messages call a config once options may have changed it. */
export const CHANGED_CONFIG = 'the config, with the options given';

/** The config of a process without a health server of its own, or with one that may be anywhere. */
export function withoutHealth(config: Config): Config {
  return { ...config, health: { listen: { ...config.health.listen, port: 0 } } };
}

/** A log of the config's level, or of `level`. */
export function createLog(config: Config, level: LogLevel | undefined): Logger {
  return createLogger(level ?? config.log.level);
}

/** Runs a server until a signal: a failure is told in words, once, and gives status 1. */
export function runServer(
  log: Logger,
  start: (lifecycle: Lifecycle) => Promise<void>,
  readyLine: () => string,
): Promise<never> {
  return runUntilSignal({
    // What fails is told by onFailure; in the log it would stand twice.
    log: { ...SILENT, warn: (fields, message) => log.warn(fields, message) },
    start,
    onReady: () => process.stdout.write(`ready ${readyLine()}\n`),
    onFailure: (error) => tell(describeFailure(error)),
  });
}
