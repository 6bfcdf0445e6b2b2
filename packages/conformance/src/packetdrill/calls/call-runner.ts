import { ScriptFailure } from '../language/errors.ts';
import type { CallAction } from '../language/script.ts';
import { type Due, seconds, timeDifference } from '../timing.ts';
import { CallArguments } from './arguments.ts';
import type { CallResult, PendingCall } from './calls.ts';
import { errnoText } from './errno.ts';
import type { FileTable } from './file-table.ts';
import { startCall } from './system-calls.ts';

/** A blocking call, and when it should return. */
interface Blocked {
  readonly action: CallAction;
  readonly call: PendingCall;
  readonly end: Due;
}

/** Makes the calls of a script, one at a time as a thread does, and checks their results. */
export class CallRunner {
  readonly files: FileTable;
  #blocked: Blocked | undefined;

  constructor(files: FileTable) {
    this.files = files;
  }

  /** When the blocking call must be tried again at the latest; Infinity if it has no timeout. */
  get deadlineUs(): number {
    return this.#blocked?.call.deadlineUs ?? Number.POSITIVE_INFINITY;
  }

  /** When the blocking call must have returned. Undefined if no call blocks. */
  get latestEndUs(): number | undefined {
    const end = this.#blocked?.end;
    return end === undefined ? undefined : end.toUs + end.toleranceUs;
  }

  /** Makes a call. `end`: when the call returns, if the script says that it blocks. */
  start(action: CallAction, end: Due | undefined): void {
    const call = startCall(new CallArguments(action), this.files);
    const result = call.attempt();
    if (result !== undefined) this.#finish(action, result, end);
    else if (end !== undefined) this.#blocked = { action, call, end };
    else if (call.deadlineUs === undefined) {
      throw new ScriptFailure(action.line, `${action.name} blocks`);
    } else {
      const timeout = { fromUs: 0, toUs: call.deadlineUs, isAny: true, toleranceUs: 0 };
      this.#blocked = { action, call, end: timeout };
    }
  }

  /**
   * Whether a blocking call without an end time waits for its timeout. No other event happens
   * meanwhile.
   */
  get isWaiting(): boolean {
    return this.#blocked?.end.isAny ?? false;
  }

  /** Tries the blocking call again. */
  progress(): void {
    const blocked = this.#blocked;
    const result = blocked?.call.attempt();
    if (blocked === undefined || result === undefined) return;
    this.#blocked = undefined;
    this.#finish(blocked.action, result, blocked.end);
  }

  /** Throws ScriptFailure if a call still blocks; its time is over. */
  refuseBlocked(): void {
    if (this.#blocked === undefined) return;
    const { action, end } = this.#blocked;
    throw new ScriptFailure(
      action.line,
      `${action.name} has not returned by ${seconds(end.toUs + end.toleranceUs)} s`,
    );
  }

  #finish(action: CallAction, result: CallResult, end: Due | undefined): void {
    checkResult(action, result);
    const place = this.files.outOfPlace();
    if (place !== undefined) {
      throw new ScriptFailure(
        action.line,
        `the octet read at ${place} is not the one that was sent`,
      );
    }
    if (end === undefined) return;
    const difference = timeDifference(`the end of ${action.name}`, end, this.files.port.nowUs);
    if (difference !== undefined) throw new ScriptFailure(action.line, difference);
  }
}

function checkResult(action: CallAction, result: CallResult): void {
  const { result: expected, errno } = action;
  if (expected.kind === 'anything') return;
  const value = expected.kind === 'integer' ? expected.value : Number.NaN;
  const isSame = value === result.value && (errno === undefined || errno === result.errno);
  if (isSame) return;
  const wanted = errno === undefined ? String(value) : `${value} ${errno}`;
  throw new ScriptFailure(
    action.line,
    `${action.name} gives what it should not`,
    `${action.name}(…) = ${wanted}`,
    `${action.name}(…) = ${resultText(result)}`,
  );
}

function resultText({ value, errno }: CallResult): string {
  return errno === undefined ? String(value) : `${value} ${errnoText(errno)}`;
}
