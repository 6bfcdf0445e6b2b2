import type { Knob, PerInterface } from '@strata/runtime';
import { didYouMean } from '@strata/runtime/names';
import type { Command } from 'commander';
import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';
import { print } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface SysctlCommandOptions extends TargetOptions {
  readonly all?: boolean;
  readonly write?: boolean;
  readonly values?: boolean;
  readonly explain?: boolean;
  readonly stack?: string;
}

type Values = Readonly<Record<string, string>>;

export function addSysctl(program: Command): void {
  const command = program
    .command('sysctl')
    .description('read and change the knobs of a running stack, under their Linux names')
    .argument(
      '[knob...]',
      'names, or name=value to change: net.ipv4.tcp_rmem="4096 131072 6291456"',
    )
    .option('-a, --all', 'show all knobs')
    .option('-w, --write', 'change values; an argument without = is refused')
    .option('-n, --values', 'print the values only')
    .option(
      '--explain',
      'print the meaning, default and range of each, and when a change takes effect',
    )
    .option('--stack <name>', 'the stack (default: the first)')
    .action(runSysctl);
  addTargetOptions(command);
}

async function runSysctl(
  knobs: readonly string[],
  options: SysctlCommandOptions,
  command: Command,
): Promise<void> {
  if (knobs.length === 0 && options.all !== true) {
    command.error('error: name a knob, or use -a for all');
  }
  if (knobs.length > 0 && options.all === true) {
    command.error('error: -a shows all knobs: do not name one as well');
  }
  await withConsole(targetOf(command), (api) => readAndWrite(api, knobs, options));
}

async function readAndWrite(
  api: ConsoleApi,
  knobs: readonly string[],
  options: SysctlCommandOptions,
): Promise<void> {
  const stack = await api.stackOr(options.stack);
  const known = await readAll(api, stack);
  const asked = options.all === true ? Object.keys(known).map(split) : knobs.map(split);
  // Checks all arguments before it changes any knob.
  for (const one of asked) check(one, known, options);
  for (const { name, value } of asked) {
    const values =
      value === undefined ? { [name]: known[name]! } : await write(api, stack, name, value);
    await print(await describe(values, options));
  }
}

/** A knob from the command line, with its new value if there is one. */
interface Asked {
  readonly name: string;
  readonly value: string | undefined;
}

/** Throws CliError if there is no such knob, or if -w has no value. */
function check({ name, value }: Asked, known: Values, options: SysctlCommandOptions): void {
  if (name === '')
    throw new CliError('there is no name before the =: write name=value, without blanks');
  if (!Object.hasOwn(known, name)) {
    const hint = didYouMean(name, Object.keys(known)) ?? '-a shows all';
    throw new CliError(`there is no knob ${name} (${hint})`);
  }
  if (value === undefined && options.write === true) {
    throw new CliError(`${name}: give a value: ${name}=${known[name]?.replaceAll('\t', ' ')}`);
  }
}

async function readAll(api: ConsoleApi, stack: string): Promise<Values> {
  const stacks = await api.get<Record<string, Values | null>>('/api/sysctl', { stack });
  return stacks[stack] ?? {};
}

function write(api: ConsoleApi, stack: string, name: string, value: string): Promise<Values> {
  return api.put<Values>('/api/sysctl', { stack }, { [name]: value.trim() });
}

/**
 * Splits `name=value`; blanks around the sign are allowed. The name has dots or slashes, as for
 * sysctl(8).
 */
function split(argument: string): Asked {
  const at = argument.indexOf('=');
  const name = at < 0 ? argument : argument.slice(0, at);
  const value = at < 0 ? undefined : argument.slice(at + 1);
  return { name: name.trim().replaceAll('/', '.'), value };
}

async function describe(
  values: Values,
  { values: bare, explain }: SysctlCommandOptions,
): Promise<string> {
  // The tables of the knobs load all cores.
  const knobs = explain === true ? await import('@strata/runtime') : undefined;
  const lines = Object.entries(values).map(([name, value]) => {
    const line = bare === true ? `${value}\n` : `${name} = ${value}\n`;
    const knob = knobs?.knobOf(name);
    if (knobs === undefined || knob === undefined) return line;
    return `${line}${explanation(name, knob, knobs.describeCombination)}\n`;
  });
  return lines.join('');
}

function explanation(
  name: string,
  knob: Knob,
  describeCombination: (one: PerInterface) => string,
): string {
  const { meaning, effect, perInterface } = knob;
  const isAll = name.startsWith('net.ipv4.conf.all.');
  const initial = isAll && perInterface ? perInterface.initialAll! : knob.initial;
  const byDefault = `Default ${Array.isArray(initial) ? initial.join(' ') : initial}`;
  const counts = `    ${byDefault}${range(knob)}; a change counts for: ${effect}.\n`;
  const inForce = perInterface && `    In force: ${describeCombination(perInterface)}.\n`;
  return `    ${meaning}\n${counts}${inForce ?? ''}`;
}

function range({ choices, least, most, unit }: Knob): string {
  if (choices !== undefined) return `, one of ${choices.join(', ')}`;
  return `, ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
}
