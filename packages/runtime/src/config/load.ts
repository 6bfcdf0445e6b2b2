import { existsSync } from 'node:fs';
import {
  DEFAULT_CONFIG_FILE,
  DEFAULT_FORWARDS,
  DEFAULT_STACKS,
  DEFAULT_WIRES,
} from './defaults.ts';
import { ConfigError } from './error.ts';
import { parseWithoutFaults } from './problems/problems.ts';
import { checkWhole, type LoadOptions } from './recheck.ts';
import { type Config, configSchema } from './schema.ts';
import { parseYaml, readYamlText } from './yaml.ts';

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
  if (path === undefined && !existsSync(DEFAULT_CONFIG_FILE)) return defaultConfig();
  const file = path ?? DEFAULT_CONFIG_FILE;
  return parseConfig(readYamlText(file), file, options);
}

/** The config without a file. */
export function defaultConfig(): Config {
  return validateConfig({}, 'the defaults');
}

/** Parses a config from YAML `text`. `source` names it in errors. Throws ConfigError. */
export function parseConfig(text: string, source: string, options: LoadOptions = {}): Config {
  return validateConfig(parseYaml(text, source), source, options);
}

/**
 * Fills a config's defaults and checks it. An absent section gets its default; a present section
 * replaces the default. The default forward exists only with the default stacks. Throws ConfigError
 * with all faults.
 */
export function validateConfig(input: unknown, source: string, options: LoadOptions = {}): Config {
  const fill = (given: unknown, round: number) => {
    const sections = fillSections(given);
    return round === 1 ? sections : fillRequired(sections);
  };
  const { value: config, problems, faults } = parseWithoutFaults(configSchema, input, fill);
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
