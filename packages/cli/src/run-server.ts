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
import { tell } from './run.ts';

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
