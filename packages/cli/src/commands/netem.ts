import { Argument, type Command } from 'commander';
import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';
import { CHANGE_EXAMPLES, DELETE_EXAMPLES, SHOW_EXAMPLES, WORDS_HELP } from '../netem/help.ts';
import { type ImpairmentFields, NETEM_WORDS, parseWords } from '../netem/parse-words.ts';
import {
  formatPlace,
  type NetemPlace,
  parsePlace,
  requireEnd,
  requirePlace,
} from '../netem/place.ts';
import { formatShown, type Shown, toJson } from '../netem/show.ts';
import { WordError, WordReader } from '../netem/word-reader.ts';
import { print } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface NetemOptions extends TargetOptions {
  readonly stack?: string;
  readonly statistics?: boolean;
  readonly json?: boolean;
}

type Verb = 'add' | 'change' | 'replace';

const PLACE_WORDS = ['dev', 'wire', 'in', 'out'];
const VERBS: Readonly<Record<Verb, string>> = {
  add: 'impair a direction of an interface (default: out), or a wire',
  change: 'replace an impairment that is there: all its words anew',
  replace: 'add or change',
};

export function addNetem(program: Command): void {
  const netem = program
    .command('netem')
    .description('impair the frames of an interface or a wire while it is in use, as tc-netem does')
    .addHelpText('after', WORDS_HELP)
    .addHelpText('after', CHANGE_EXAMPLES);
  const show = addAction(netem, 'show', 'show impairments (the default)', SHOW_EXAMPLES, runShow, {
    isDefault: true,
  });
  show
    .alias('list')
    .option('-s, --statistics', 'also the counters, by cause')
    .option('--json', 'print JSON');
  for (const [verb, description] of Object.entries(VERBS) as [Verb, string][]) {
    const run = (words: readonly string[], options: NetemOptions, command: Command) =>
      runChange(verb, words, options, command);
    const help = `${WORDS_HELP}${CHANGE_EXAMPLES}`;
    addAction(netem, verb, description, help, run, {}, NETEM_WORDS);
  }
  addAction(netem, 'del', 'take an impairment away', DELETE_EXAMPLES, runDelete).alias('delete');
}

type Run = (words: readonly string[], options: NetemOptions, command: Command) => Promise<void>;

function addAction(
  netem: Command,
  name: string,
  description: string,
  help: string,
  run: Run,
  options: { readonly isDefault?: boolean } = {},
  more: readonly string[] = [],
): Command {
  const words = new Argument('[words...]', 'dev IF [in|out] | wire NAME, then what to do')
    // For completion. What is wrong with a word is said by its place.
    .choices([...PLACE_WORDS, ...more])
    .argParser((word: string, before: readonly string[] | undefined) => [...(before ?? []), word]);
  const command = netem
    .command(name, options)
    .description(description)
    .addArgument(words)
    .option('--stack <name>', 'the stack (default: the first; for a wire: all)')
    .addHelpText('after', help)
    .action((given: readonly string[] | undefined, chosen: NetemOptions, self: Command) =>
      run(given ?? [], chosen, self),
    );
  addTargetOptions(command);
  return command;
}

/** The result of `parse`. A wrong word is a usage error. */
function parsed<Value>(command: Command, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof WordError)) throw error;
    return command.error(`error: ${error.message}`);
  }
}

async function runShow(
  words: readonly string[],
  options: NetemOptions,
  command: Command,
): Promise<void> {
  const place = parsed(command, () => {
    const reader = new WordReader(words);
    const found = parsePlace(reader);
    requireEnd(reader);
    return found;
  });
  await withConsole(targetOf(command), async (api) => {
    const shown = await read(api, place, options.stack);
    const stacks = new Set(shown.map(({ stack }) => stack)).size > 1;
    const statistics = options.statistics ?? false;
    if (options.json) {
      await print(`${JSON.stringify(shown.map((it) => toJson(it, statistics)))}\n`);
    } else {
      await print(shown.map((it) => formatShown(it, { statistics, stacks })).join(''));
    }
  });
}

/** The impairments at a place, or of all interfaces of the stack. */
async function read(
  api: ConsoleApi,
  place: NetemPlace | undefined,
  wanted: string | undefined,
): Promise<Shown[]> {
  const isWire = place?.kind === 'wire';
  const stack = isWire ? wanted : await api.stackOr(wanted);
  const answer = await api.get<Readonly<Record<string, readonly Omit<Shown, 'stack'>[] | null>>>(
    '/api/impairments',
    {
      ...(stack === undefined ? {} : { stack }),
      ...(place?.kind === 'interface' ? { interface: place.name } : {}),
    },
  );
  const all = Object.entries(answer).flatMap(([name, entries]) =>
    (entries ?? []).map((entry): Shown => ({ ...entry, stack: name })),
  );
  if (place === undefined) return all;
  if (place.kind === 'interface') {
    const { direction } = place;
    return all.filter((it) => direction === undefined || it.direction === direction);
  }
  const seen = new Set<string>();
  const onWire = all.filter(({ wireName, shared, interfaceName, direction }) => {
    if (wireName !== place.name) return false;
    if (!shared) return true;
    const port = `${interfaceName} ${direction}`;
    if (seen.has(port)) return false;
    seen.add(port);
    return true;
  });
  if (onWire.length > 0) return onWire;
  const wires = [...new Set(all.flatMap((it) => it.wireName ?? []))].join(', ');
  throw new CliError(`there is no wire ${place.name}; there is: ${wires || 'none'}`);
}

async function runChange(
  verb: Verb,
  words: readonly string[],
  options: NetemOptions,
  command: Command,
): Promise<void> {
  const { place, fields } = parsed(command, () => parseChange(verb, words));
  await withConsole(targetOf(command), async (api) => {
    const own = ownOf(place, await read(api, place, options.stack));
    if (verb === 'add' && own.length > 0) {
      const there = `${formatPlace(place)} has an impairment`;
      throw new CliError(`${there}: change or replace it, or del it first`);
    }
    if (verb === 'change' && own.length === 0) {
      throw new CliError(`${formatPlace(place)} has no impairment of its own: add it`);
    }
    await api.put('/api/impairment', await queryOf(api, place, options.stack), fields);
  });
}

/** Without a direction: the frames to the wire, as tc's root qdisc. */
function parseChange(
  verb: Verb,
  words: readonly string[],
): { readonly place: NetemPlace; readonly fields: ImpairmentFields } {
  const reader = new WordReader(words);
  const given = requirePlace(reader);
  if (reader.isAtEnd) {
    throw new WordError(`say what to ${verb}: ${NETEM_WORDS.join(', ')} (see --help)`);
  }
  const place =
    given.kind === 'wire' ? given : { ...given, direction: given.direction ?? ('out' as const) };
  return { place, fields: parseWords(reader.rest()) };
}

/** Of an interface: its own impairments. Of a wire: those of its stations that are the wire's. */
function ownOf(place: NetemPlace, shown: readonly Shown[]): Shown[] {
  const isWire = place.kind === 'wire';
  return shown.filter(
    ({ impairment, fromWire }) => impairment !== undefined && fromWire === isWire,
  );
}

async function queryOf(
  api: ConsoleApi,
  place: NetemPlace,
  stack: string | undefined,
): Promise<Record<string, string>> {
  if (place.kind === 'wire') {
    return { wire: place.name, ...(stack === undefined ? {} : { stack }) };
  }
  const { name, direction } = place;
  const way = direction === undefined ? {} : { direction };
  return { stack: await api.stackOr(stack), interface: name, ...way };
}

async function runDelete(
  words: readonly string[],
  options: NetemOptions,
  command: Command,
): Promise<void> {
  const place = parsed(command, () => {
    const reader = new WordReader(words);
    const found = requirePlace(reader);
    requireEnd(reader);
    return found;
  });
  await withConsole(targetOf(command), async (api) => {
    const shown = await read(api, place, options.stack);
    if (ownOf(place, shown).length === 0) {
      const wire = shown.find(({ fromWire }) => fromWire)?.wireName;
      const other =
        wire === undefined ? '' : `; that of its wire is: strata netem del wire ${wire}`;
      throw new CliError(`${formatPlace(place)} has no impairment of its own${other}`);
    }
    await api.delete('/api/impairment', await queryOf(api, place, options.stack));
  });
}
