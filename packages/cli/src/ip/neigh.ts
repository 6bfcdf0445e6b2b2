import { formatIpv4, inPrefix, parseIpv4, parseMac } from '@strata/wire';
import { garbage, IpError, notInStrata, refusedBy, wrongArgument } from './ip-error.ts';
import type { IpOptions } from './ip-options.ts';
import { painter } from './paint.ts';
import { toIpJson } from './print-json.ts';
import type { ApiNeighbour, AskedStack } from './stack.ts';
import { type PrefixWord, parsePrefix, unabbreviated, type Words } from './words.ts';

const COMMANDS = [
  'add',
  'change',
  'chg',
  'replace',
  'delete',
  'get',
  'show',
  'lst',
  'list',
  'flush',
] as const;

/** `ip neighbour`. Gives the text for standard output. */
export async function neigh(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  if (words.isAtEnd) return show(stack, words, options);
  const word = words.next();
  const command = unabbreviated(word, COMMANDS);
  switch (command) {
    case 'show':
    case 'lst':
    case 'list':
      return show(stack, words, options);
    case 'get':
      return get(stack, words, options);
    case 'add':
    case 'replace':
      return modify(stack, words, command);
    case 'change':
    case 'chg':
      return modify(stack, words, 'change');
    case 'delete':
      return modify(stack, words, 'delete');
    case 'flush':
      return flush(stack, words);
    default:
      throw new IpError(`Command "${word}" is unknown, try "ip neigh help".`, 255);
  }
}

const STATES = [
  'permanent',
  'reachable',
  'noarp',
  'none',
  'stale',
  'incomplete',
  'delay',
  'probe',
  'failed',
  'all',
] as const;
type StateWord = (typeof STATES)[number];

function stateOf(word: string): StateWord {
  const state = unabbreviated(word, STATES);
  if (state !== undefined) return state;
  throw wrongArgument(word, 'nud state is bad');
}

interface Filter {
  to?: PrefixWord;
  device?: string;
  states: StateWord[];
  proxy: boolean;
  unused: boolean;
}

function parseFilter(words: Words): Filter {
  const filter: Filter = { states: [], proxy: false, unused: false };
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'dev') filter.device = words.next();
    else if (word === 'nud') filter.states.push(stateOf(words.next()));
    else if (word === 'proxy') filter.proxy = true;
    else if (word === 'unused') filter.unused = true;
    else {
      const text = word === 'to' ? words.next() : word;
      if (filter.to !== undefined) throw garbage('to', text);
      filter.to = parsePrefix(text);
    }
  }
  return filter;
}

interface Shown extends ApiNeighbour {
  readonly device: string;
}

async function select(stack: AskedStack, filter: Filter): Promise<Shown[]> {
  if (filter.device !== undefined) await stack.device(filter.device);
  const interfaces = await stack.interfaces();
  const { to, states } = filter;
  const isState = ({ state }: ApiNeighbour) =>
    states.includes('all') ||
    // Without a state, iproute2 leaves out those that need no ARP.
    (states.length === 0 ? state !== 'noarp' : states.some((one) => one === state));
  return (await stack.neighbours())
    .map((one) => ({
      ...one,
      device: interfaces.find(({ index }) => index === one.interfaceIndex)?.name ?? '',
    }))
    .filter(
      (one) =>
        one.proxy === filter.proxy &&
        (one.proxy || isState(one)) &&
        (filter.device === undefined || filter.device === one.device) &&
        (to === undefined || inPrefix(parseIpv4(one.address)!, to.address, to.prefixLength)),
    );
}

async function show(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  const filter = parseFilter(words);
  return format(await select(stack, filter), filter.device !== undefined, options);
}

function format(shown: readonly Shown[], isOneDevice: boolean, options: IpOptions): string {
  if (options.json) {
    return toIpJson(
      shown.map((one) => neighbourJson(one, isOneDevice, options)),
      options.pretty,
    );
  }
  const paint = painter(options.color);
  return shown
    .map((one) => {
      const address = paint('address', one.address);
      const device = isOneDevice ? '' : `dev ${paint('interface', one.device)} `;
      if (one.proxy) return `${address} ${device} proxy \n`;
      const mac = one.mac === null ? '' : `lladdr ${paint('mac', one.mac)}`;
      const counters = options.statistics > 0 ? ` ${statistics(one)}` : '';
      return `${address} ${device}${mac}${counters} ${one.state.toUpperCase()} \n`;
    })
    .join('');
}

/** Seconds since the entry was last used, confirmed and updated. */
function statistics({ usedAgeMs, ageMs, updatedAgeMs, probes }: ApiNeighbour): string {
  const ages = [usedAgeMs, ageMs, updatedAgeMs].map(seconds);
  return ` used ${ages.join('/')}probes ${probes}`;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function neighbourJson(one: Shown, isOneDevice: boolean, options: IpOptions): object {
  const start = { dst: one.address, ...(isOneDevice ? {} : { dev: one.device }) };
  if (one.proxy) return { ...start, proxy: null };
  const counters = {
    used: seconds(one.usedAgeMs),
    confirmed: seconds(one.ageMs),
    updated: seconds(one.updatedAgeMs),
    probes: one.probes,
  };
  return {
    ...start,
    ...(one.mac === null ? {} : { lladdr: one.mac }),
    ...(options.statistics > 0 ? counters : {}),
    state: [one.state.toUpperCase()],
  };
}

async function get(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  const filter = parseFilter(words);
  if (filter.to === undefined || filter.device === undefined) {
    throw new IpError('Device and address are required arguments.', 1);
  }
  const found = await select(stack, { ...filter, states: ['all'] });
  if (found.length === 0) throw new IpError('Error: Neighbour entry not found.', 2);
  return format(found, false, options);
}

type Action = 'add' | 'replace' | 'change' | 'delete';

async function modify(stack: AskedStack, words: Words, action: Action): Promise<string> {
  let address: string | undefined;
  let device: string | undefined;
  let mac: string | undefined;
  let state: StateWord | undefined;
  let proxy = false;
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'lladdr') mac = macOf(words.next());
    else if (word === 'nud') state = stateOf(words.next());
    else if (word === 'dev') device = words.next();
    else if (word === 'proxy') {
      proxy = true;
      address = formatIpv4(words.address());
    } else if (['router', 'use', 'managed', 'extern_learn', 'protocol', 'vlan'].includes(word)) {
      throw notInStrata(`a neighbour of a stack has no "${word}"`);
    } else {
      const text = word === 'to' ? words.next() : word;
      if (address !== undefined) throw garbage('to', text);
      address = formatIpv4(parsePrefix(text).address);
    }
  }
  if (address === undefined || device === undefined) {
    throw new IpError('Device and destination are required arguments.', 255);
  }
  const { name, kind } = await stack.device(device);
  if (kind === 'loopback') throw refusedBy('EINVAL', 'loopback has no neighbours');
  const query = { interface: name };
  const errno = action === 'add' ? 'EEXIST' : 'ENOENT';
  if (action === 'delete') {
    const which = { ...query, address, ...(proxy ? { proxy: 'true' } : {}) };
    await refusing(errno, () => stack.delete('/api/neighbours', which));
    return '';
  }
  const needsMac = state === undefined || !['failed', 'incomplete', 'none'].includes(state);
  if (mac === undefined && !proxy && needsMac && action === 'add') {
    throw new IpError('Error: No link layer address given.', 2);
  }
  const body = {
    address,
    mode: action,
    ...(mac === undefined ? {} : { mac }),
    ...(state === undefined ? {} : { state }),
    ...(proxy ? { proxy } : {}),
  };
  await refusing(errno, () => stack.put('/api/neighbours', query, body));
  return '';
}

/** Words the stack's refusal of a neighbour as rtnetlink's. */
async function refusing(errno: string, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'CliError' || !/there is /.test(message)) throw error;
    throw refusedBy(errno, message);
  }
}

/** `02:00:00:00:00:01`, or with hyphens. */
function macOf(word: string): string {
  if (parseMac(word) !== undefined) return word;
  throw new IpError(`"${word}" is invalid lladdr.`, 1);
}

async function flush(stack: AskedStack, words: Words): Promise<string> {
  if (words.isAtEnd) throw new IpError('Flush requires arguments.', 1);
  const { to, device, states, proxy } = parseFilter(words);
  if (proxy) throw notInStrata('proxy addresses are deleted one by one: ip neigh del proxy');
  if (device !== undefined) await stack.device(device);
  // As iproute2: all but those set by hand, unless their state is named.
  const wanted = states.includes('all')
    ? []
    : states.length > 0
      ? states
      : STATES.filter((one) => !['permanent', 'noarp', 'none', 'all'].includes(one));
  await stack.post(
    '/api/neighbours/flush',
    {},
    {
      states: wanted,
      ...(device === undefined ? {} : { interface: device }),
      ...(to === undefined ? {} : { to: `${formatIpv4(to.address)}/${to.prefixLength}` }),
    },
  );
  return '';
}
