import { ScriptFailure, ScriptSyntaxError, ScriptUnsupportedError } from './language/errors.ts';
import { parseScript } from './language/parser.ts';
import type { ScriptOption } from './language/script.ts';
import { ScriptRun } from './runner.ts';
import type { Note, ReadText } from './set-up.ts';
import { settingsOf } from './settings.ts';

/**
 * How a script ended. `unsupported`: it uses a feature that this runner or our TCP does not have.
 */
export type Verdict = 'passed' | 'failed' | 'unsupported';

export interface ScriptResult {
  /** The file name as given by the caller. */
  readonly file: string;
  readonly verdict: Verdict;
  /** Where the script ended, and why. Undefined if it passed. */
  readonly line: number | undefined;
  readonly message: string | undefined;
  /** The expected and the actual packet or result, if they differ. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  /** Lines of the set-up that have no effect here. */
  readonly notes: readonly Note[];
}

export interface RunScriptOptions {
  /**
   * Reads files that the set-up names; relative paths start at the script's folder. Default: no
   * files exist.
   */
  readonly readText?: ReadText | undefined;
  /** Options that come before the script's own `--name=value` lines. */
  readonly options?: readonly ScriptOption[] | undefined;
}

/**
 * Runs a script (its text is `source`) in virtual time against a new transport core. Faults of the
 * script give a verdict, not an exception.
 */
export function runScript(
  file: string,
  source: string,
  options: RunScriptOptions = {},
): ScriptResult {
  let notes: readonly Note[] = [];
  try {
    const script = parseScript(source);
    const settings = settingsOf([...(options.options ?? []), ...script.options]);
    const run = new ScriptRun(script, settings, options.readText ?? (() => undefined));
    notes = run.notes;
    run.run();
    return { ...NOTHING_SAID, file, verdict: 'passed', notes };
  } catch (error) {
    return { ...NOTHING_SAID, file, notes, ...said(error) };
  }
}

const NOTHING_SAID = {
  line: undefined,
  message: undefined,
  expected: undefined,
  actual: undefined,
};

function said(error: unknown): Pick<ScriptResult, 'verdict'> & Partial<ScriptResult> {
  if (error instanceof ScriptFailure) {
    const { line, message, expected, actual } = error;
    return { verdict: 'failed', line, message, expected, actual };
  }
  if (error instanceof ScriptUnsupportedError) {
    return { verdict: 'unsupported', line: error.line, message: `not supported: ${error.message}` };
  }
  if (error instanceof ScriptSyntaxError) {
    return { verdict: 'failed', line: error.line, message: error.message };
  }
  throw error;
}
