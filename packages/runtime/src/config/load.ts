import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { checkConfig } from './check.ts';
import { DEFAULT_FORWARDS, DEFAULT_STACKS, DEFAULT_WIRES } from './defaults.ts';
import { ConfigError } from './error.ts';
import { describeIssues } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** The file that is read where none is named, in the working directory. */
export const DEFAULT_CONFIG_FILE = 'strata.yaml';

/**
 * Reads the config file `path`. Without a path: `strata.yaml` in the working directory, or, where there is none, the
 * defaults. Throws ConfigError.
 */
export function loadConfig(path?: string): Config {
  let text: string;
  try {
    text = readFileSync(path ?? DEFAULT_CONFIG_FILE, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (path === undefined && code === 'ENOENT') return defaultConfig();
    throw new ConfigError('CONFIG_READ', path ?? DEFAULT_CONFIG_FILE, [{ path: '', message }]);
  }
  return parseConfig(text, path ?? DEFAULT_CONFIG_FILE);
}

/** The config that holds where there is no file. */
export function defaultConfig(): Config {
  return validateConfig({}, 'the defaults');
}

/** The config that YAML `text` says. `source` names it in errors. Throws ConfigError. */
export function parseConfig(text: string, source: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: `line ${line}, column ${col}`, message };
    });
    throw new ConfigError('CONFIG_SYNTAX', source, problems);
  }
  return validateConfig(toValue(document, source) ?? {}, source);
}

/** What the document says. Aliases that name nothing, or too much, come to light only here. */
function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError('CONFIG_SYNTAX', source, [{ path: '', message: error.message }]);
  }
}

/**
 * Fills a config's defaults and checks it. A section that is left out keeps its default, one that is given replaces it; the default
 * forward goes with the default stacks. Throws ConfigError with all that is wrong.
 */
export function validateConfig(input: unknown, source: string): Config {
  const filled = typeof input === 'object' && input !== null ? fillSections(input) : input;
  const result = configSchema.safeParse(filled);
  if (!result.success) {
    throw new ConfigError('CONFIG_INVALID', source, describeIssues(result.error.issues, filled));
  }
  const problems = checkConfig(result.data);
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', source, problems);
  return result.data;
}

function fillSections(input: object): object {
  const given = input as Readonly<Record<string, unknown>>;
  const stacksGiven = given['stacks'] !== undefined;
  return {
    ...given,
    wires: given['wires'] ?? DEFAULT_WIRES,
    stacks: given['stacks'] ?? DEFAULT_STACKS,
    forwards: given['forwards'] ?? (stacksGiven ? [] : DEFAULT_FORWARDS),
  };
}
