/** Thrown if a script is not in packetdrill's language. */
export class ScriptSyntaxError extends Error {
  override readonly name = 'ScriptSyntaxError';
  readonly code = 'PKT_SYNTAX';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Thrown if a script uses a feature that this runner or our TCP does not have. */
export class ScriptUnsupportedError extends Error {
  override readonly name = 'ScriptUnsupportedError';
  readonly code = 'PKT_UNSUPPORTED';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Thrown if TCP or a call did not do what the script says. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';
  readonly code = 'PKT_FAILED';
  readonly line: number;
  /**
   * The expected and the actual packet or result, one line each. Undefined if the message says it
   * all.
   */
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(line: number, message: string, expected?: string, actual?: string) {
    super(message);
    this.line = line;
    this.expected = expected;
    this.actual = actual;
  }
}
