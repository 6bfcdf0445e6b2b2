import { type Document, LineCounter, parseDocument } from 'yaml';
import { readText } from '../read-text.ts';
import {
  DEFAULT_CONFIG_FILE,
  DEFAULT_FORWARDS,
  DEFAULT_STACKS,
  DEFAULT_WIRES,
} from './defaults.ts';
import { ConfigError, type ConfigProblem } from './error.ts';
import { Faults } from './faults.ts';
import { describeIssues, describeUntold } from './problems.ts';
import { checkWhole, type LoadOptions } from './recheck.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * Round 1 removes faulty fields; round 2 removes lists that are too short without them; round 3
 * succeeds.
 */
const ROUNDS = 3;

/**
 * Valid values for required fields with a fault. The checks skip them, and still find the other
 * faults of the forward or route.
 */
const FORWARD_STAND_INS = { listen: '127.0.0.1:0', stack: 'none', to: '127.0.0.1:1' };
const ROUTE_STAND_INS = { to: 'default' };

/**
 * Reads the config file `path`. Without a path it reads `strata.yaml` in the working directory; if
 * there is no such file, it returns the defaults. Throws ConfigError.
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

/** The config without a file. */
export function defaultConfig(): Config {
  return validateConfig({}, 'the defaults');
}

/** Parses a config from YAML `text`. `source` names it in errors. Throws ConfigError. */
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

/** Replaces messages of the YAML library that are written for programmers. */
const SYNTAX_FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this field appears twice: should appear once',
  MULTIPLE_DOCS: 'a second document begins here: should be one (without ---)',
};

/**
 * The document as a value. The library finds aliases without an anchor, and aliases that expand too
 * far, only in this step.
 */
function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError('CONFIG_SYNTAX', source, [{ path: '', message: error.message }]);
  }
}

/**
 * Fills a config's defaults and checks it. An absent section gets its default; a present section
 * replaces the default. The default forward exists only with the default stacks. Throws ConfigError
 * with all faults.
 */
export function validateConfig(input: unknown, source: string, options: LoadOptions = {}): Config {
  const problems: ConfigProblem[] = [];
  const faults = new Faults();
  let config: Config | undefined;
  for (let round = 1; round <= ROUNDS && config === undefined; round += 1) {
    const sections = fillSections(faults.remove(input));
    const filled = round === 1 ? sections : fillRequired(sections);
    const result = configSchema.safeParse(filled, { error: describeUntold });
    if (result.success) {
      config = result.data;
      break;
    }
    const found = describeIssues(result.error.issues, filled);
    // Round 1 finds all faults. Later rounds only find what is wrong because of the removals.
    if (round === 1) problems.push(...found.map(({ problem }) => problem));
    for (const place of found.map(({ place }) => faults.originalPath(place))) faults.add(place);
  }
  if (config !== undefined) problems.push(...checkWhole(config, options, faults));
  if (config === undefined || problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', source, problems);
  }
  return config;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fillSections(given: unknown): unknown {
  if (!isFields(given)) return given;
  const stacksGiven = given['stacks'] !== undefined;
  return {
    ...given,
    wires: given['wires'] ?? DEFAULT_WIRES,
    stacks: given['stacks'] ?? DEFAULT_STACKS,
    forwards: given['forwards'] ?? (stacksGiven ? [] : DEFAULT_FORWARDS),
  };
}

function fillRequired(sections: unknown): unknown {
  if (!isFields(sections)) return sections;
  const { stacks, forwards } = sections;
  return {
    ...sections,
    stacks: isFields(stacks) ? Object.fromEntries(Object.entries(stacks).map(fillRoutes)) : stacks,
    forwards: fillItems(forwards, FORWARD_STAND_INS),
  };
}

function fillRoutes([name, stack]: [string, unknown]): [string, unknown] {
  if (!isFields(stack)) return [name, stack];
  return [name, { ...stack, routes: fillItems(stack['routes'], ROUTE_STAND_INS) }];
}

function fillItems(items: unknown, standIns: Fields): unknown {
  if (!Array.isArray(items)) return items;
  return items.map((item) => (isFields(item) ? { ...standIns, ...item } : item));
}
