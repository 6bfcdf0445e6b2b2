import { KNOBS, type Knob } from '@strata/runtime';
import type { Command } from 'commander';
import { httpUrl } from '../arguments.ts';
import { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';

interface SysctlCommandOptions {
  readonly all?: boolean;
  readonly write?: boolean;
  readonly values?: boolean;
  readonly explain?: boolean;
  readonly api: URL;
  readonly stack?: string;
}

type Values = Readonly<Record<string, string>>;

export function addSysctl(program: Command): void {
  program
    .command('sysctl')
    .description('read and change the knobs of a stack that runs, under their Linux names')
    .argument(
      '[knob...]',
      'names, or name=value to change: net.ipv4.tcp_rmem="4096 131072 6291456"',
    )
    .option('-a, --all', 'show all')
    .option('-w, --write', 'change; what has no = is refused')
    .option('-n, --values', 'print the values alone')
    .option('--explain', 'say what each means, its default, range, and who follows a change')
    .option('--stack <name>', 'of this stack; default: the first')
    .option('--api <url>', 'console to ask', httpUrl, new URL('http://127.0.0.1:7777'))
    .action(runSysctl);
}

async function runSysctl(
  knobs: readonly string[],
  options: SysctlCommandOptions,
  command: Command,
): Promise<void> {
  if (knobs.length === 0 && options.all !== true) {
    command.error('error: name a knob, or say -a for all');
  }
  const api = new ConsoleApi(options.api);
  const stack = await api.stackOr(options.stack);
  const known = await readAll(api, stack);
  const asked = options.all === true ? [...Object.keys(known), ...knobs] : knobs;
  for (const knob of asked) {
    const [name, value] = split(knob);
    if (!Object.hasOwn(known, name)) throw new CliError(`there is no knob ${name} (-a shows all)`);
    if (value !== undefined) print(await write(api, stack, name, value), options);
    else if (options.write === true) {
      throw new CliError(`${name}: say to what: ${name}=${known[name]?.replaceAll('\t', ' ')}`);
    } else print({ [name]: known[name]! }, options);
  }
}

async function readAll(api: ConsoleApi, stack: string): Promise<Values> {
  const stacks = await api.get<Record<string, Values | null>>('/api/sysctl', { stack });
  return stacks[stack] ?? {};
}

function write(api: ConsoleApi, stack: string, name: string, value: string): Promise<Values> {
  return api.put<Values>('/api/sysctl', { stack }, { [name]: value.trim() });
}

/** `name=value`, with or without blanks around the sign. */
function split(argument: string): [name: string, value: string | undefined] {
  const at = argument.indexOf('=');
  if (at < 0) return [argument.trim(), undefined];
  return [argument.slice(0, at).trim(), argument.slice(at + 1)];
}

function print(values: Values, { values: bare, explain }: SysctlCommandOptions): void {
  for (const [name, value] of Object.entries(values)) {
    process.stdout.write(bare === true ? `${value}\n` : `${name} = ${value}\n`);
    const knob = KNOBS.find((one) => one.name === name);
    if (explain === true && knob !== undefined) process.stdout.write(`${explanation(knob)}\n`);
  }
}

function explanation(knob: Knob): string {
  const { initial, meaning, effect } = knob;
  const byDefault = `Default ${Array.isArray(initial) ? initial.join(' ') : initial}`;
  return `    ${meaning}\n    ${byDefault}${range(knob)}; a change counts for: ${effect}.\n`;
}

function range({ count, least, most, unit }: Knob): string {
  if (count === 0) return '';
  return `, ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
}
