import { constants } from 'node:os';
import type { CloseReason } from '@strata/transport';

/**
 * An error with the fields of Node's system errors, so that code written for `net` and `dgram`
 * understands it.
 */
export interface SocketError extends Error {
  /** Name of the error, for example `ECONNRESET`. */
  readonly code: string;
  /** Negative, as Node has it. */
  readonly errno: number;
  /** What was being done: `connect`, `listen`, `read`, `write`, `bind`, `send`. */
  readonly syscall: string;
  readonly address?: string;
  readonly port?: number;
}

/** Where an error happened, for its text and fields. */
export interface ErrorPlace {
  readonly syscall: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** What transport said beside the reason. */
  readonly detail?: string | undefined;
}

const CODE_OF: Readonly<Record<CloseReason, keyof typeof constants.errno>> = {
  finished: 'EPIPE',
  aborted: 'ECONNABORTED',
  reset: 'ECONNRESET',
  refused: 'ECONNREFUSED',
  'timed out': 'ETIMEDOUT',
  'host unreachable': 'EHOSTUNREACH',
  'network unreachable': 'ENETUNREACH',
  'address in use': 'EADDRINUSE',
  'address not available': 'EADDRNOTAVAIL',
  'no ports': 'EADDRNOTAVAIL',
  'no buffers': 'ENOBUFS',
  invalid: 'EINVAL',
  'access denied': 'EACCES',
  overflow: 'ENOBUFS',
  'shut down': 'ENETDOWN',
};

/** The error that Node would give for a socket that transport closed for this reason. */
export function errorOfReason(reason: CloseReason, place: ErrorPlace): SocketError {
  return systemError(CODE_OF[reason], place);
}

/** A system error by its name. */
export function systemError(
  code: keyof typeof constants.errno | 'ENOTFOUND',
  place: ErrorPlace,
): SocketError {
  const where =
    place.address === undefined
      ? ''
      : ` ${place.address}${place.port === undefined ? '' : `:${place.port}`}`;
  const detail = place.detail ? ` (${place.detail})` : '';
  const error = new Error(`${place.syscall} ${code}${where}${detail}`);
  return Object.assign(error, {
    code,
    // getaddrinfo's errors have numbers of libuv's own.
    errno: code === 'ENOTFOUND' ? -3008 : -constants.errno[code],
    syscall: place.syscall,
    ...(place.address === undefined ? {} : { address: place.address }),
    ...(place.port === undefined ? {} : { port: place.port }),
  });
}

/** What became of the socket, where no call of the system's is to blame: `code` as Node has it. */
function stateError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** The error of what needs a connection, of a socket that has none. */
export function closedSocket(): Error {
  return stateError('ERR_SOCKET_CLOSED', 'Socket is closed');
}

/** The error of what waited for a connection that did not come. */
export function closedBeforeConnection(): Error {
  return stateError(
    'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
    'Socket closed before the connection was established',
  );
}

/** A misuse of the API: `code` as Node has it. */
export function usageError(code: string, message: string): Error & { code: string } {
  return Object.assign(new TypeError(message), { code });
}
