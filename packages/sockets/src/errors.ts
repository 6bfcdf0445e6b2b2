import { constants } from 'node:os';
import type { CloseReason } from '@strata/transport';

/**
 * An error with the fields of Node's system errors, so that code written for `net` and `dgram`
 * understands it.
 */
export interface SocketError extends Error {
  /** Name of the error, for example `ECONNRESET`. */
  readonly code: string;
  /** Negative, as in Node's errors. */
  readonly errno: number;
  /** The operation that failed: `connect`, `listen`, `read`, `write`, `bind`, `send`. */
  readonly syscall: string;
  readonly address?: string;
  readonly port?: number;
  /** Of `EMSGSIZE`: octets of the largest packet that the path carries, as far as known. */
  readonly mtu?: number;
}

/** Where an error happened, for its message and fields. */
export interface ErrorPlace {
  readonly syscall: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly mtu?: number | undefined;
  /** More detail than the reason, from transport. */
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
  'message too long': 'EMSGSIZE',
};

/** The error that Node would give for this reason. Transport closed the socket for it. */
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
    // libuv has its own numbers for the errors of getaddrinfo.
    errno: code === 'ENOTFOUND' ? -3008 : -constants.errno[code],
    syscall: place.syscall,
    ...(place.address === undefined ? {} : { address: place.address }),
    ...(place.port === undefined ? {} : { port: place.port }),
    ...(place.mtu === undefined ? {} : { mtu: place.mtu }),
  });
}

/** An error about a socket's state that no system call caused. `code` is Node's. */
function stateError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** The error of an operation that needs a connection, on a socket without one. */
export function closedSocket(): Error {
  return stateError('ERR_SOCKET_CLOSED', 'Socket is closed');
}

/** The error of an operation that waited for a connection, which never opened. */
export function closedBeforeConnection(): Error {
  return stateError(
    'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
    'Socket closed before the connection was established',
  );
}

/** A misuse of the API. `code` is Node's. */
export function usageError(code: string, message: string): Error & { code: string } {
  return Object.assign(new TypeError(message), { code });
}
