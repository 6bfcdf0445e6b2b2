/** One thing that is wrong in a config file. */
export interface ConfigProblem {
  /** Where, as `stacks.server.interfaces[0].mtu`; empty for the file as a whole. */
  readonly path: string;
  /** What is there and what may be there, in words for a person. */
  readonly message: string;
}

export type ConfigErrorCode = 'CONFIG_READ' | 'CONFIG_SYNTAX' | 'CONFIG_INVALID';

/** Raised where a config cannot be used; `message` lists all problems, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, source: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    super(lines.length === 1 ? `${source}: ${lines[0]}` : `${source}:\n  ${lines.join('\n  ')}`);
    this.code = code;
    this.problems = problems;
  }
}
