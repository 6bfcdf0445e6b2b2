import { type Document, LineCounter, parseDocument } from 'yaml';
import { readText } from '../read-text.ts';
import { checkConfig } from './check.ts';
import { checkFolders } from './check-folders.ts';
import { DEFAULT_FORWARDS, DEFAULT_STACKS, DEFAULT_WIRES } from './defaults.ts';
import { ConfigError, type ConfigProblem } from './error.ts';
import { Faults } from './faults.ts';
import { describeIssues, describeUntold } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** Takes out what is wrong, and then what misses it: more is never needed. */
const ROUNDS = 3;

export interface LoadOptions {
  /** The stacks whose folders must be there: those that will run on this machine. Default: none. */
  readonly foldersOf?: ((stack: string) => boolean) | undefined;
}

/** The file that is read where none is named, in the working directory. */
export const DEFAULT_CONFIG_FILE = 'strata.yaml';

/**
 * Reads the config file `path`. Without a path: `strata.yaml` in the working directory, or, where there is none, the
 * defaults. Throws ConfigError.
 */
export function loadConfig(path?: string, options: LoadOptions = {}): Config {
  let text: string;
  try {
    text = readText(path ?? DEFAULT_CONFIG_FILE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (path === undefined && code === 'ENOENT') return defaultConfig();
    const message = `${READ_FAILURES[code ?? ''] ?? 'it cannot be read'} (${code})`;
    throw new ConfigError('CONFIG_READ', path ?? DEFAULT_CONFIG_FILE, [{ path: '', message }]);
  }
  return parseConfig(text, path ?? DEFAULT_CONFIG_FILE, options);
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder: should be a YAML file',
  EACCES: 'no permission to read it',
  EFBIG: 'it has more than 1,048,576 octets: should be a YAML file',
};

/** The config that holds where there is no file. */
export function defaultConfig(): Config {
  return validateConfig({}, 'the defaults');
}

/** The config that YAML `text` says. `source` names it in errors. Throws ConfigError. */
export function parseConfig(text: string, source: string, options: LoadOptions = {}): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: `line ${line}, column ${col}`, message: SYNTAX_FAULTS[code] ?? message };
    });
    throw new ConfigError('CONFIG_SYNTAX', source, problems);
  }
  return validateConfig(toValue(document, source) ?? {}, source, options);
}

/** Where the YAML library speaks to programmers. */
const SYNTAX_FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this field stands there twice: should stand there once',
  MULTIPLE_DOCS: 'a second document begins here: should be one (without ---)',
};

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
export function validateConfig(input: unknown, source: string, options: LoadOptions = {}): Config {
  const problems: ConfigProblem[] = [];
  const faults = new Faults();
  let config: Config | undefined;
  for (let round = 1; round <= ROUNDS && config === undefined; round += 1) {
    const filled = fillSections(faults.remove(input));
    const result = configSchema.safeParse(filled, { error: describeUntold });
    if (result.success) {
      config = result.data;
      break;
    }
    const found = describeIssues(result.error.issues, filled);
    // The first round finds all that is wrong; a later one what is missing without that, which is no news.
    if (round === 1) problems.push(...found.map(({ problem }) => problem));
    for (const place of found.map(({ place }) => faults.originalPath(place))) faults.add(place);
  }
  if (config !== undefined) problems.push(...checkWhole(config, options, faults));
  if (config === undefined || problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', source, problems);
  }
  return config;
}

/**
 * Checks a config that was changed after it was read, by the options of a command: two of them may meet. Throws ConfigError with all
 * that does not go together.
 */
export function recheckConfig(config: Config, source: string, options: LoadOptions = {}): void {
  const problems = checkWhole(config, options);
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', source, problems);
}

function checkWhole(config: Config, { foldersOf }: LoadOptions, faults?: Faults): ConfigProblem[] {
  const problems = checkConfig(config, faults);
  return foldersOf === undefined ? problems : [...problems, ...checkFolders(config, foldersOf)];
}

function fillSections(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const given = input as Readonly<Record<string, unknown>>;
  const stacksGiven = given['stacks'] !== undefined;
  return {
    ...given,
    wires: given['wires'] ?? DEFAULT_WIRES,
    stacks: given['stacks'] ?? DEFAULT_STACKS,
    forwards: given['forwards'] ?? (stacksGiven ? [] : DEFAULT_FORWARDS),
  };
}
