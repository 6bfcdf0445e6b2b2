import type { Errno } from './errno.ts';

/** The result of a call. */
export interface CallResult {
  /** -1 with an error. */
  readonly value: number;
  readonly errno?: Errno;
}

/** A call in progress. It is tried again after each change, until it has a result. */
export interface PendingCall {
  /** Undefined: it would block. */
  attempt(): CallResult | undefined;
  /** When the call's timeout ends, microseconds. Undefined: it has none. */
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

/** Events that poll and epoll report for a file, by Linux's names. */
export type PollEvents = Set<string>;

/** A file that the script has open. */
export interface OpenFile {
  /** The file's current events. */
  poll(): PollEvents;
  /** Number of wake-ups for edge-triggered waiters. */
  readonly wakes: number;
  close(): void;
}
