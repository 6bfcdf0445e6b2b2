import { destination, type Logger as PinoLogger, pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The part of pino's logger that the code uses, so that a test can replace it. */
export interface Logger {
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Record<string, unknown>): Logger;
}

/**
 * A logger that writes one JSON object per line to standard error. Standard output is for the ready
 * line only. It writes synchronously, so that the last lines before an exit are not lost.
 */
export function createLogger(level: LogLevel, fields: Record<string, unknown> = {}): Logger {
  const logger: PinoLogger = pino(
    { level, base: { pid: process.pid, ...fields } },
    destination({ dest: 2, sync: true }),
  );
  return logger as Logger;
}

/** A logger that logs nothing. */
export const SILENT: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};
