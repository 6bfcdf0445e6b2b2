import type { Errno } from './errno.ts';

/** What a call gives back. */
export interface CallResult {
  /** -1 with an error. */
  readonly value: number;
  readonly errno?: Errno;
}

/** A call that was made. It is tried again whenever something changes, until it gives a result. */
export interface PendingCall {
  /** Undefined: it would block. */
  attempt(): CallResult | undefined;
  /** When it is tried again whatever happens, microseconds; undefined: it has no time limit. */
  readonly deadlineUs?: number | undefined;
}

export function done(value: number): CallResult {
  return { value };
}

export function failed(errno: Errno): CallResult {
  return { value: -1, errno };
}

/** A call that never blocks. */
export function immediate(result: CallResult): PendingCall {
  return { attempt: () => result };
}

/** What poll and epoll tell of a file, by Linux's names. */
export type PollEvents = Set<string>;

/** A file that the script has open. */
export interface OpenFile {
  /** What the file is ready for now. */
  poll(): PollEvents;
  /** How often something happened that edge-triggered waiters hear of. */
  readonly wakes: number;
  close(): void;
}
