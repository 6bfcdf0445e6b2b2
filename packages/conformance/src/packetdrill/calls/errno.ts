import type { CloseReason } from '@strata/transport';

/** Linux's errors that calls here may return, with their texts. */
const ERRORS = {
  EINTR: 'Interrupted system call',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EINVAL: 'Invalid argument',
  EPIPE: 'Broken pipe',
  ENOTSOCK: 'Socket operation on non-socket',
  EDESTADDRREQ: 'Destination address required',
  EMSGSIZE: 'Message too long',
  ENOPROTOOPT: 'Protocol not available',
  EPROTONOSUPPORT: 'Protocol not supported',
  EOPNOTSUPP: 'Operation not supported',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETUNREACH: 'Network is unreachable',
  ECONNABORTED: 'Software caused connection abort',
  ECONNRESET: 'Connection reset by peer',
  ENOBUFS: 'No buffer space available',
  EISCONN: 'Transport endpoint is already connected',
  ENOTCONN: 'Transport endpoint is not connected',
  ETIMEDOUT: 'Connection timed out',
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  EALREADY: 'Operation already in progress',
  EINPROGRESS: 'Operation now in progress',
  ENOENT: 'No such file or directory',
  EEXIST: 'File exists',
} as const;

export type Errno = keyof typeof ERRORS;

/** The error with its text, in the format of scripts. */
export function errnoText(errno: Errno): string {
  return `${errno} (${ERRORS[errno]})`;
}

/** Linux's numbers of the errors that SO_ERROR may return. */
export const ERRNO_NUMBERS: Partial<Record<Errno, number>> = {
  EPIPE: 32,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  ENETUNREACH: 101,
  EMSGSIZE: 90,
};

const REASONS: Readonly<Record<CloseReason, Errno | undefined>> = {
  finished: undefined,
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
  overflow: 'ECONNRESET',
  'shut down': 'ECONNABORTED',
  'message too long': 'EMSGSIZE',
};

/** Linux's error for the close reason. Undefined if there is none. */
export function errnoOf(reason: CloseReason): Errno | undefined {
  return REASONS[reason];
}
