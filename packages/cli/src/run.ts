import {
  type Config,
  createLogger,
  type Lifecycle,
  type Logger,
  type LogLevel,
  runUntilSignal,
  SILENT,
} from '@strata/runtime';
import { describeFailure } from './failure.ts';

/** Writes a line for the person at the terminal; standard output is for what the command is asked for. */
export function tell(line: string): void {
  process.stderr.write(`strata: ${line}\n`);
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
