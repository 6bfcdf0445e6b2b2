import type { Readable, Writable } from 'node:stream';
import type { Stack } from '@strata/sockets';

/** Something that a tool tells beside its output: a connection, a line, an interval's figures. */
export interface ToolEvent {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What an engine has of the person who started it, who may be in another process. */
export interface ToolIo {
  /** Destroyed when the tool ends. */
  readonly stdin: Readable;
  /** The result. The engine waits for 'drain' as with any stream, and does not end it. */
  readonly stdout: Writable;
  /**
   * Tells an event, in order with stdout. JSON values only. An engine that tells many waits for the
   * promise, which resolves when there is room for the next. Never rejects.
   */
  event(record: ToolEvent): Promise<void>;
  /** Aborts if the person cancels, or is gone. The engine then ends at once, within 1 s at most. */
  readonly signal: AbortSignal;
}

/**
 * Runs with the sockets of a stack, until its work is done. Resolves to the exit status. Rejects
 * with ToolError for what a person can mend. It need not close its sockets: who runs it does.
 */
export type Engine<Options> = (stack: Stack, options: Options, io: ToolIo) => Promise<number>;

/** A tool: its engine, and the check of its options, which come from another process as JSON. */
export interface Tool {
  /**
   * Checks the options, and gives what runs the engine with them. Throws ToolError, which names the
   * option, its value and what was expected.
   */
  prepare(given: unknown): (stack: Stack, io: ToolIo) => Promise<number>;
}

/** Thrown for a fault that the person can mend; the message says how. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code = 'TOOL_FAILED';
  /** The exit status. */
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** The stack that a tool uses if none is named: `client` if there is one, else the first. */
export function defaultStack(stacks: readonly string[]): string | undefined {
  return stacks.includes('client') ? 'client' : stacks[0];
}
