/** Thrown for a fault that the user can mend; the message says how. Exit status 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code = 'CLI_FAILED';
  /** Linux's name of the error, where the stack's answer has one: EEXIST. */
  readonly errno: string | undefined;

  constructor(message: string, errno?: string | undefined) {
    super(message);
    this.errno = errno;
  }
}

/**
 * The errors whose message is for a person, by name: to import their classes would load the bus,
 * the config and the TAP with every command.
 */
const PLAIN: ReadonlySet<string> = new Set([
  'CliError',
  'ConfigError',
  'InstanceError',
  'TapError',
  'BusError',
  'FilterError',
  'RangeError',
]);

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
  if (PLAIN.has(error.name)) return error.message;
  const { code, syscall, address, port, hostname } = error as SystemError;
  if (syscall === 'getaddrinfo') {
    return `there is no host ${hostname} (${code}): choose another one in the config (listen) or by an option (--help)`;
  }
  if (syscall === 'listen' || syscall === 'bind') {
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
