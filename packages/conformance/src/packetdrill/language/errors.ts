/** An error at a line of a script, or of a piece of code within it. */
export class ErrorAtLine extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Thrown if a script is not in packetdrill's language. */
export class ScriptSyntaxError extends ErrorAtLine {
  override readonly name = 'ScriptSyntaxError';
  readonly code = 'PKT_SYNTAX';
}

/** Thrown if a script uses a feature that this runner or our TCP does not have. */
export class ScriptUnsupportedError extends ErrorAtLine {
  override readonly name = 'ScriptUnsupportedError';
  readonly code = 'PKT_UNSUPPORTED';
}

/** Thrown if TCP or a call did not do what the script says. */
export class ScriptFailure extends ErrorAtLine {
  override readonly name = 'ScriptFailure';
  readonly code = 'PKT_FAILED';
  /**
   * The expected and the actual packet or result, one line each. Undefined if the message says it
   * all.
   */
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(line: number, message: string, expected?: string, actual?: string) {
    super(line, message);
    this.expected = expected;
    this.actual = actual;
  }
}
