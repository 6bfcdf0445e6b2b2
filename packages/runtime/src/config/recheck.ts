/**
 * The checks that need no schema. A service repeats them without loading the libraries that read
 * the file.
 */

import { checkFolders } from './check/folders.ts';
import { checkConfig } from './check.ts';
import { ConfigError, type ConfigProblem } from './error.ts';
import type { PathsInFile } from './problems/faults.ts';
import type { Config } from './schema.ts';

export interface LoadOptions {
  /** The stacks whose folders must exist: those that will run on this machine. Default: none. */
  readonly foldersOf?: ((stack: string) => boolean) | undefined;
}

/**
 * Checks a config again after the options of a command have changed it: two options may contradict
 * each other. Throws ConfigError with all contradictions.
 */
export function recheckConfig(config: Config, source: string, options: LoadOptions = {}): void {
  const problems = checkWhole(config, options);
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', source, problems);
}

/** All faults of fields that must go together. `faults`: the fields that are known to be wrong. */
export function checkWhole(
  config: Config,
  { foldersOf }: LoadOptions,
  faults?: PathsInFile,
): ConfigProblem[] {
  const problems = checkConfig(config, faults);
  return foldersOf === undefined ? problems : [...problems, ...checkFolders(config, foldersOf)];
}
