/** Raised where a script is not in packetdrill's language. */
export class ScriptSyntaxError extends Error {
  override readonly name = 'ScriptSyntaxError';
  readonly code = 'PKT_SYNTAX';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Raised where a script asks for what neither this runner nor our TCP has. */
export class ScriptUnsupportedError extends Error {
  override readonly name = 'ScriptUnsupportedError';
  readonly code = 'PKT_UNSUPPORTED';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Raised where TCP or a call did not do what the script says. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';
  readonly code = 'PKT_FAILED';
  readonly line: number;
  /** What the script says, and what was seen, each a line; undefined where the message says it all. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(line: number, message: string, expected?: string, actual?: string) {
    super(message);
    this.line = line;
    this.expected = expected;
    this.actual = actual;
  }
}
