/** One fault in a config file. */
export interface ConfigProblem {
  /** Its place, such as `stacks.server.interfaces[0].mtu`; empty for the file as a whole. */
  readonly path: string;
  /** The value and what it should be, for a person to read. */
  readonly message: string;
}

export type ConfigErrorCode = 'CONFIG_READ' | 'CONFIG_SYNTAX' | 'CONFIG_INVALID';

/** Thrown if a config cannot be used. `message` lists all problems, one per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  /** The file, or another name of the config for the message. */
  readonly source: string;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, source: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    super(lines.length === 1 ? `${source}: ${lines[0]}` : `${source}:\n  ${lines.join('\n  ')}`);
    this.code = code;
    this.source = source;
    this.problems = problems;
  }
}
