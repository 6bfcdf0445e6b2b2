import type { LookupFunction } from 'node:net';
import { usageError } from './errors.ts';

/** Where and how to connect, as `net.connect` takes it. */
export interface ConnectOptions {
  readonly port: number | string;
  /** Dotted decimal, or `localhost`; other names need `lookup`. Default `localhost`. */
  readonly host?: string | null | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Finds the address of a name, as Node's `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly timeout?: number | undefined;
}

export type ConnectArguments =
  | readonly [options: ConnectOptions, listener?: () => void]
  | readonly [port: number | string, listener?: () => void]
  | readonly [port: number | string, host: string, listener?: () => void];

/** The forms that `net.connect` has, as one. Throws ERR_MISSING_ARGS where there is no port. */
export function normalizeConnect(args: ConnectArguments): {
  readonly options: ConnectOptions;
  readonly listener: (() => void) | undefined;
} {
  const [first, second, third] = args;
  const listener =
    typeof second === 'function' ? second : typeof third === 'function' ? third : undefined;
  const options: ConnectOptions =
    typeof first === 'object'
      ? first
      : { port: first, host: typeof second === 'string' ? second : undefined };
  if (options === null || options.port === undefined) {
    throw usageError('ERR_MISSING_ARGS', 'The "options" or "port" argument must be specified');
  }
  return { options, listener };
}
