import { inPrefix, parseIpv4 } from '@strata/wire';
import { addressesOf, addressJson, addressLines, type ShownAddress } from './format-address.ts';
import { garbage, IpError, notInStrata, wrongArgument } from './ip-error.ts';
import type { IpOptions } from './ip-options.ts';
import { noDev, selected } from './link.ts';
import { painter } from './paint.ts';
import { toIpJson } from './print-json.ts';
import type { ApiInterface, AskedStack } from './stack.ts';
import { type PrefixWord, parseAddress, parsePrefix, unabbreviated, type Words } from './words.ts';

const COMMANDS = [
  'add',
  'change',
  'chg',
  'replace',
  'delete',
  'show',
  'lst',
  'list',
  'flush',
] as const;

/** `ip address`. Gives the text for standard output. */
export function address(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  if (words.isAtEnd) return show(stack, words, options);
  const word = words.next();
  const command = unabbreviated(word, COMMANDS);
  switch (command) {
    case 'show':
    case 'lst':
    case 'list':
      return show(stack, words, options);
    case 'add':
      return modify(stack, words, 'add');
    case 'change':
    case 'chg':
    case 'replace':
      return modify(stack, words, 'replace');
    case 'delete':
      return modify(stack, words, 'delete');
    case 'flush':
      return flush(stack, words);
    default:
      throw new IpError(`Command "${word}" is unknown, try "ip address help".`, 255);
  }
}

/** Which addresses to show or flush. */
interface Filter {
  name: string | undefined;
  up: boolean;
  scope: string | undefined;
  to: PrefixWord | undefined;
  secondary: boolean | undefined;
  flag: string | undefined;
}

function parseFilter(words: Words): Filter {
  const filter: Filter = {
    name: undefined,
    up: false,
    scope: undefined,
    to: undefined,
    secondary: undefined,
    flag: undefined,
  };
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'up') filter.up = true;
    else if (word === 'scope') filter.scope = scopeOf(words.next());
    else if (word === 'to') filter.to = parsePrefix(words.next());
    else if (word === 'secondary' || word === 'primary') filter.secondary = word === 'secondary';
    else if (word === 'tentative' || word === 'dadfailed') filter.flag = word;
    else if (word === 'label') takeLabel(filter, words.next());
    else if (word !== 'permanent') {
      const device = word === 'dev' ? words.next() : word;
      if (filter.name !== undefined) throw garbage('dev', device);
      filter.name = device;
    }
  }
  return filter;
}

/** The label of an address is the name of its interface. */
function takeLabel(filter: Filter, label: string): void {
  if (filter.name !== undefined && filter.name !== label) throw garbage('label', label);
  filter.name = label;
}

function scopeOf(word: string): string | undefined {
  if (word === 'all') return undefined;
  if (['global', 'host', 'link', 'site', 'nowhere'].includes(word)) return word;
  throw wrongArgument(word, 'invalid "scope" value\n');
}

function isWanted(filter: Filter, one: ShownAddress): boolean {
  const { to, scope, secondary, flag } = filter;
  if (to !== undefined && !inPrefix(parseIpv4(one.local)!, to.address, to.prefixLength)) {
    return false;
  }
  if (scope !== undefined && scope !== one.scope) return false;
  if (secondary !== undefined && secondary !== one.isSecondary) return false;
  if (flag === 'dadfailed') return one.state === 'duplicate';
  return flag === undefined || one.state !== 'preferred';
}

async function show(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  const filter = parseFilter(words);
  const hasFilter =
    filter.to !== undefined ||
    filter.scope !== undefined ||
    filter.secondary !== undefined ||
    filter.flag !== undefined;
  const shown = (await selected(stack, filter.name))
    .filter(({ up }) => up || !filter.up)
    .map((each): [ApiInterface, ShownAddress[]] => [
      each,
      addressesOf(each).filter((one) => isWanted(filter, one)),
    ])
    .filter(([, addresses]) => !hasFilter || addresses.length > 0);
  if (options.json) {
    const all = shown.map(([each, addresses]) => addressJson(each, addresses, options));
    return toIpJson(all, options.pretty);
  }
  const paint = painter(options.color);
  // A prefix names the family, as -4 does.
  const shape = { ...options, inet: options.inet || filter.to !== undefined };
  const lines = shown.flatMap(([each, addresses]) => addressLines(each, addresses, shape, paint));
  return lines.map((line) => `${line}\n`).join('');
}

const WILDCARD = (
  word: string,
) => `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${word}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`;

async function modify(
  stack: AskedStack,
  words: Words,
  action: 'add' | 'replace' | 'delete',
): Promise<string> {
  let local: string | undefined;
  let name: string | undefined;
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'dev') name = words.next();
    else if (word === 'broadcast' || word === 'brd') takeBroadcast(words, local);
    else if (word === 'label') words.next();
    else if (word === 'scope') takeScope(words.next());
    else if (word === 'valid_lft' || word === 'preferred_lft') takeLifetime(words.next(), word);
    else if (word === 'peer' || word === 'anycast' || word === 'metric') {
      throw notInStrata(`an address has no "${word}" in a stack`);
    } else {
      const given = word === 'local' ? words.next() : word;
      if (local !== undefined) throw garbage('local', given);
      parsePrefix(given);
      local = given;
    }
  }
  if (name === undefined) throw noDev(1);
  await stack.device(name);
  if (local === undefined) throw new IpError('RTNETLINK answers: Invalid argument', 2);
  const { prefixLength, hasLength } = parsePrefix(local);
  const [text] = local.split('/');
  if (action === 'delete' && !hasLength) process.stderr.write(WILDCARD(text!));
  const body = { action, address: `${fullAddress(text!)}/${prefixLength}` };
  try {
    await stack.post('/api/addresses', { interface: name }, body);
  } catch (error) {
    if (!(error instanceof IpError) || !error.message.includes('File exists')) throw error;
    const why = error.message.replace(/^[^(]*/, '');
    throw new IpError(`Error: ipv4: Address already assigned ${why}.`, 2);
  }
  return '';
}

/** 192.0.2 is 192.0.2.0. */
function fullAddress(text: string): string {
  return [...text.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}

/** A stack derives the broadcast address from the prefix: another one is refused. */
function takeBroadcast(words: Words, local: string | undefined): void {
  const word = words.next();
  if (word === '+') return;
  if (word === '-') throw notInStrata('the broadcast address of a subnet cannot be left out');
  const given = parseAddress(word);
  if (local === undefined) return;
  const { address: own, prefixLength } = parsePrefix(local);
  if (inPrefix(given, own, prefixLength)) return;
  throw notInStrata(`${word} is not the broadcast address of ${local}`);
}

function takeScope(word: string): void {
  const scope = scopeOf(word);
  if (scope === 'global') return;
  throw notInStrata(`an address of a stack has the scope global, not ${word}`);
}

function takeLifetime(word: string, name: string): void {
  if (word === 'forever') return;
  throw notInStrata(`an address of a stack stays until it is deleted: ${name} must be forever`);
}

async function flush(stack: AskedStack, words: Words): Promise<string> {
  if (words.isAtEnd) throw new IpError('Flush requires arguments.', 1);
  const filter = parseFilter(words);
  for (const each of await selected(stack, filter.name)) {
    if (each.kind === 'loopback' || (filter.up && !each.up)) continue;
    // The secondary ones first: they may go with their primary one.
    for (const one of addressesOf(each)
      .filter((all) => isWanted(filter, all))
      .reverse()) {
      const body = { action: 'delete', address: `${one.local}/${one.prefixLength}` };
      await stack.post('/api/addresses', { interface: each.name }, body);
    }
  }
  return '';
}
