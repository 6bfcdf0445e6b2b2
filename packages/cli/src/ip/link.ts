import { briefLink, linkJson, linkLines } from './format-link.ts';
import { garbage, IpError, notInStrata, wrongArgument } from './ip-error.ts';
import type { IpOptions } from './ip-options.ts';
import { painter } from './paint.ts';
import { toIpJson } from './print-json.ts';
import type { ApiInterface, AskedStack } from './stack.ts';
import { unabbreviated, type Words } from './words.ts';

const COMMANDS = ['set', 'change', 'show', 'lst', 'list', 'help', 'add', 'delete'] as const;

/** `ip link`. Gives the text for standard output. */
export function link(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  if (words.isAtEnd) return show(stack, words, options);
  const word = words.next();
  const command = unabbreviated(word, COMMANDS);
  switch (command) {
    case 'show':
    case 'lst':
    case 'list':
      return show(stack, words, options);
    case 'set':
    case 'change':
      return set(stack, words);
    case 'add':
    case 'delete':
      throw notInStrata("a stack's interfaces come from the config: they are not added or deleted");
    default:
      throw new IpError(`Command "${word}" is unknown, try "ip link help".`, 255);
  }
}

async function show(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  let name: string | undefined;
  let isUpOnly = false;
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'up') isUpOnly = true;
    else {
      const device = word === 'dev' ? words.next() : word;
      if (name !== undefined) throw garbage('dev', device);
      name = device;
    }
  }
  const shown = (await selected(stack, name)).filter(({ up }) => up || !isUpOnly);
  if (options.json)
    return toIpJson(
      shown.map((one) => linkJson(one, options)),
      options.pretty,
    );
  const paint = painter(options.color);
  const blocks = shown.map((one) =>
    options.brief
      ? briefLink(one, paint)
      : linkLines(one, options, paint).join(options.oneline ? '\\' : '\n'),
  );
  return blocks.map((block) => `${block}\n`).join('');
}

/** The interface of a name, or all. Throws IpError: `Device … does not exist.` */
export async function selected(
  stack: AskedStack,
  name: string | undefined,
): Promise<readonly ApiInterface[]> {
  const all = await stack.interfaces();
  if (name === undefined) return all;
  const found = all.filter((one) => one.name === name);
  if (found.length === 0) throw new IpError(`Device "${name}" does not exist.`, 1);
  return found;
}

/** The settings that iproute2 has and a stack does not, with the reason. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  address: "an interface's MAC address is part of its device: set it in the config (mac)",
  name: "an interface's name comes from the config (name)",
  netns: 'a stack is not in a network namespace: its TAP may be (--netns)',
  txqueuelen: 'the queue of an interface is netdev_max_backlog (strata sysctl)',
  promisc: 'an interface takes frames for itself only; strata tcpdump sees all',
  multicast: 'multicast cannot be switched off',
  master: 'there are no bridges in a stack; a TAP on a wire is joined to it',
};

async function set(stack: AskedStack, words: Words): Promise<string> {
  let name: string | undefined;
  const changes: { up?: boolean; mtu?: number; arp?: boolean } = {};
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'up') changes.up = true;
    else if (word === 'down') changes.up = false;
    else if (word === 'mtu') changes.mtu = words.number(0xffffffff, 'Invalid "mtu" value');
    else if (word === 'arp') changes.arp = onOff(words, word);
    else if (Object.hasOwn(UNSUPPORTED, word)) throw notInStrata(UNSUPPORTED[word]!);
    else {
      const device = word === 'dev' ? words.next() : word;
      if (name !== undefined) throw garbage('dev', device);
      name = device;
    }
  }
  if (name === undefined) throw noDev(255);
  const { kind, maxMtu } = await stack.device(name);
  if (kind === 'loopback') throw notInStrata('loopback is always up, and is not changed');
  const { mtu } = changes;
  if (mtu !== undefined && mtu < 68) throw refusedMtu('less than device minimum', 68);
  if (mtu !== undefined && maxMtu > 0 && mtu > maxMtu) {
    throw refusedMtu('greater than device maximum', maxMtu);
  }
  await stack.put('/api/interfaces', { interface: name }, changes);
  return '';
}

function refusedMtu(what: string, bound: number): IpError {
  return new IpError(`Error: mtu ${what} (${bound} octets).`, 2);
}

export function noDev(status: number): IpError {
  return new IpError('Not enough information: "dev" argument is required.', status);
}

function onOff(words: Words, what: string): boolean {
  const word = words.next();
  if (word === 'on' || word === 'off') return word === 'on';
  throw wrongArgument(what, `must be "on" or "off", not "${word}"`);
}
