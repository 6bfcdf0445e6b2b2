import { BusError } from '@strata/bus';
import { FilterError } from '@strata/filter';
import { ConfigError, InstanceError } from '@strata/runtime';
import { TapError } from '@strata/tap';

/** Thrown for a fault that the user can mend; the message says how. Exit status 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code = 'CLI_FAILED';
}

interface SystemError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  /** The name that could not be resolved. */
  readonly hostname?: string;
}

/** The message for a failed command. For a bug of ours it includes the call stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isPlain = [CliError, ConfigError, InstanceError, TapError, BusError, FilterError].some(
    (kind) => error instanceof kind,
  );
  if (isPlain || error instanceof RangeError) return error.message;
  const { code, syscall, address, port, hostname } = error as SystemError;
  if (syscall === 'getaddrinfo') {
    return `there is no host ${hostname} (${code}): choose another one in the config (listen) or by an option (--help)`;
  }
  if (syscall === 'listen') {
    const where = `cannot listen on ${address}:${port}`;
    if (code === 'EADDRINUSE') {
      return `${where}: the port is in use: choose another one in the config or by an option (--help)`;
    }
    if (code === 'EACCES') return `${where}: no permission`;
    if (code === 'EADDRNOTAVAIL') return `${where}: it is not an address of this machine`;
    return `${where}: ${code}`;
  }
  return error.stack ?? error.message;
}
