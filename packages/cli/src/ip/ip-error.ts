/**
 * A failure of `strata ip`, as iproute2 words it, with its exit status: 2 where the stack refused,
 * 1 or 255 where the command line is wrong.
 */
export class IpError extends Error {
  override readonly name = 'IpError';
  readonly status: number;

  constructor(text: string, status: number) {
    super(text);
    this.status = status;
  }
}

/** strerror() of the errors that stacks answer with. */
const TEXTS: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  ESRCH: 'No such process',
  ENOENT: 'No such file or directory',
  EINVAL: 'Invalid argument',
  ENODEV: 'No such device',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOBUFS: 'No buffer space available',
};

/** The stack refused: what rtnetlink would answer, and behind it what the stack says itself. */
export function refusedBy(errno: string, message: string): IpError {
  return new IpError(`RTNETLINK answers: ${TEXTS[errno] ?? errno} (${message})`, 2);
}

export function incomplete(): IpError {
  return new IpError('Command line is not complete. Try option "help"', 255);
}

export function garbage(key: string, word: string): IpError {
  return new IpError(`Error: either "${key}" is duplicate, or "${word}" is a garbage.`, 255);
}

export function wrongArgument(word: string, message: string): IpError {
  return new IpError(`Error: argument "${word}" is wrong: ${message}`, 255);
}

export function noDevice(name: string): IpError {
  return new IpError(`Cannot find device "${name}"`, 1);
}

/** What iproute2 can do, and a stack has not. */
export function notInStrata(what: string): IpError {
  return new IpError(`Error: ${what}`, 2);
}
