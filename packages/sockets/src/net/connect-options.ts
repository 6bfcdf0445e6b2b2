import { isIP, type LookupFunction } from 'node:net';
import { checkPort } from '../address-info.ts';
import { usageError } from '../errors.ts';

/** Where and how to connect, as `net.connect` takes it. */
export interface ConnectOptions {
  readonly port: number | string;
  /** Dotted decimal, or `localhost`; other names need `lookup`. Default `localhost`. */
  readonly host?: string | null | undefined;
  readonly localAddress?: string | null | undefined;
  readonly localPort?: number | null | undefined;
  /** Finds the address of a name, as Node's `dns.lookup`. */
  readonly lookup?: LookupFunction | null | undefined;
  readonly noDelay?: boolean | null | undefined;
  readonly keepAlive?: boolean | null | undefined;
  readonly keepAliveInitialDelay?: number | null | undefined;
  readonly timeout?: number | null | undefined;
}

export type ConnectArguments =
  | readonly [options: ConnectOptions, listener?: () => void]
  | readonly [port: number | string, listener?: () => void]
  | readonly [port: number | string, host: string, listener?: () => void];

/**
 * Brings the argument forms of `net.connect` into one. Throws ERR_MISSING_ARGS if there is no port,
 * ERR_SOCKET_BAD_PORT for a bad port, and ERR_INVALID_IP_ADDRESS or ERR_INVALID_ARG_TYPE for a bad
 * local address or local port.
 */
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
  checkPort(options.port);
  checkLocal(options);
  return { options, listener };
}

function checkLocal({ localAddress, localPort }: ConnectOptions): void {
  if (localAddress && isIP(localAddress) === 0) {
    throw usageError('ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${localAddress}`);
  }
  if (localPort && typeof localPort !== 'number') {
    const type = `Received type ${typeof localPort}`;
    const message = `The "options.localPort" property must be of type number. ${type}`;
    throw usageError('ERR_INVALID_ARG_TYPE', message);
  }
}
