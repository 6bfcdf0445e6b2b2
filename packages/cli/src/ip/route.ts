import { formatIpv4, inPrefix, networkOf } from '@strata/wire';
import { garbage, IpError, notInStrata, refusedBy, wrongArgument } from './ip-error.ts';
import type { IpOptions } from './ip-options.ts';
import { toIpJson } from './print-json.ts';
import { routeGet } from './route-get.ts';
import { BOOT, isRouteType, parseProtocol, parseScope, type RouteTypeName } from './route-names.ts';
import {
  localRoutes,
  mainRoutes,
  type Omitted,
  routeJson,
  routeLine,
  type ShownRoute,
} from './show-routes.ts';
import type { AskedStack } from './stack.ts';
import { type PrefixWord, parseAddress, parsePrefix, unabbreviated, type Words } from './words.ts';

const COMMANDS = [
  'list',
  'show',
  'lst',
  'get',
  'add',
  'append',
  'prepend',
  'change',
  'chg',
  'replace',
  'delete',
  'flush',
] as const;

/** `ip route`. Gives the text for standard output. */
export async function route(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  if (words.isAtEnd) return show(stack, words, options);
  const word = words.next();
  const command = unabbreviated(word, COMMANDS);
  switch (command) {
    case 'list':
    case 'show':
    case 'lst':
      return show(stack, words, options);
    case 'get':
      return routeGet(stack, words, options);
    case 'chg':
      return modify(stack, words, 'change');
    case 'add':
    case 'append':
    case 'prepend':
    case 'change':
    case 'replace':
    case 'delete':
      return modify(stack, words, command);
    case 'flush':
      return flush(stack, words);
    default:
      throw new IpError(`Command "${word}" is unknown, try "ip route help".`, 255);
  }
}

/** Which routes to show or flush. */
interface Filter {
  table: 'main' | 'local' | 'all';
  device?: string;
  via?: string;
  source?: string;
  protocol?: number;
  scope?: string;
  type?: RouteTypeName;
  metric?: number;
  /** Routes at or below, at or above, or to exactly this prefix. */
  root?: PrefixWord;
  match?: PrefixWord;
  exact?: PrefixWord;
}

function parseFilter(words: Words): Filter {
  const filter: Filter = { table: 'main' };
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'table') filter.table = tableOf(words.next());
    else if (word === 'dev' || word === 'oif') filter.device = words.next();
    else if (word === 'via') filter.via = formatIpv4(words.address());
    else if (word === 'src') filter.source = formatIpv4(words.address());
    else if (word === 'proto' || word === 'protocol') takeProtocol(filter, words.next());
    else if (word === 'scope') takeScope(filter, words.next());
    else if (word === 'type') filter.type = typeOf(words.next());
    else if (word === 'metric') filter.metric = words.number(0xffffffff, '"metric" is invalid\n');
    else if (word === 'root') filter.root = words.prefix();
    else if (word === 'match') filter.match = words.prefix();
    else {
      const prefix = parsePrefix(word === 'exact' || word === 'to' ? words.next() : word);
      if (filter.exact !== undefined) throw garbage('to', word);
      filter.exact = prefix;
    }
  }
  return filter;
}

function takeProtocol(filter: Filter, word: string): void {
  if (word !== 'all') filter.protocol = parseProtocol(word);
}

function takeScope(filter: Filter, word: string): void {
  if (word !== 'all') filter.scope = parseScope(word);
}

function typeOf(word: string): RouteTypeName {
  if (isRouteType(word)) return word;
  throw wrongArgument(word, 'node type value is invalid');
}

function tableOf(word: string): 'main' | 'local' | 'all' {
  if (word === 'main' || word === '254') return 'main';
  if (word === 'local' || word === '255') return 'local';
  if (word === 'all' || word === 'unspec' || word === '0') return 'all';
  throw notInStrata(`there is no table ${word}: a stack has the tables main and local`);
}

function isWanted(filter: Filter, route: ShownRoute): boolean {
  const { device, via, source, protocol, scope, type, metric, root, match, exact } = filter;
  const own = parsePrefix(route.to);
  const isWithin = (inner: PrefixWord, outer: PrefixWord) =>
    inner.prefixLength >= outer.prefixLength &&
    inPrefix(inner.address, outer.address, outer.prefixLength);
  return (
    (device === undefined || waysOf(route).some((way) => way.device === device)) &&
    (via === undefined || waysOf(route).some((way) => way.via === via)) &&
    (source === undefined || source === route.source) &&
    (protocol === undefined || protocol === route.protocol) &&
    (scope === undefined || scope === route.scope) &&
    (type === undefined || type === route.type) &&
    (metric === undefined || metric === route.metric) &&
    (root === undefined || isWithin(own, root)) &&
    (match === undefined || isWithin(match, own)) &&
    (exact === undefined ||
      (exact.address === own.address && exact.prefixLength === own.prefixLength))
  );
}

function waysOf(route: ShownRoute): readonly Pick<ShownRoute, 'via' | 'device'>[] {
  return route.nexthops ?? [route];
}

async function select(stack: AskedStack, filter: Filter): Promise<ShownRoute[]> {
  if (filter.device !== undefined) await stack.device(filter.device);
  const interfaces = await stack.interfaces();
  const main = filter.table === 'local' ? [] : mainRoutes(await stack.routes(), interfaces);
  const local = filter.table === 'main' ? [] : localRoutes(interfaces);
  return [...main, ...local].filter((one) => isWanted(filter, one));
}

async function show(stack: AskedStack, words: Words, options: IpOptions): Promise<string> {
  const filter = parseFilter(words);
  const routes = await select(stack, filter);
  const omitted: Omitted = {
    via: filter.via !== undefined,
    device: filter.device !== undefined,
    protocol: filter.protocol !== undefined,
    scope: filter.scope !== undefined,
    source: filter.source !== undefined,
  };
  const hasTable = filter.table === 'all';
  const { details } = options;
  if (options.json) {
    const all = routes.map((one) => routeJson(one, omitted, hasTable, details));
    return toIpJson(all, options.pretty);
  }
  return routes.map((one) => `${routeLine(one, omitted, hasTable, details)}\n`).join('');
}

/** What is known of a stack's routes that iproute2's words ask for. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  tos: 'a stack chooses routes without looking at the TOS',
  dsfield: 'a stack chooses routes without looking at the TOS',
  encap: 'a stack has no encapsulations',
  realms: 'a stack has no realms',
  nhid: 'a stack has no next hops with numbers of their own',
};

/** The route of a command line that changes the table. */
interface RouteWords {
  to: PrefixWord | undefined;
  via: string | undefined;
  device: string | undefined;
  source: string | undefined;
  metric: number;
  mtu: number;
  protocol: number | undefined;
  scope: string | undefined;
  type: RouteTypeName | undefined;
  hops: HopWords[];
}

/** A way of a route with several. */
interface HopWords {
  via: string | undefined;
  device: string | undefined;
  weight: number;
}

function parseRoute(words: Words): RouteWords {
  const route: RouteWords = {
    to: undefined,
    via: undefined,
    device: undefined,
    source: undefined,
    metric: 0,
    mtu: 0,
    protocol: undefined,
    scope: undefined,
    type: undefined,
    hops: [],
  };
  while (!words.isAtEnd) {
    const word = words.next();
    if (word === 'via') takeVia(route, words);
    else if (word === 'dev' || word === 'oif') route.device = words.next();
    else if (word === 'src') route.source = formatIpv4(words.address());
    else if (['metric', 'preference', 'priority'].includes(word)) {
      route.metric = words.number(0xffffffff, '"metric" value is invalid\n');
    } else if (word === 'mtu') takeMtu(route, words);
    else if (word === 'proto' || word === 'protocol') route.protocol = parseProtocol(words.next());
    else if (word === 'scope') route.scope = parseScope(words.next());
    else if (word === 'table') takeTable(words.next());
    else if (word === 'nexthop') takeHop(route, words);
    else if (word === 'onlink') throw notInStrata('a gateway must be in a subnet of an interface');
    else if (Object.hasOwn(UNSUPPORTED, word)) throw notInStrata(UNSUPPORTED[word]!);
    else takeDestination(route, word, words);
  }
  return route;
}

function takeVia(route: Pick<RouteWords, 'via'>, words: Words): void {
  if (words.take('inet6')) throw notInStrata('a stack has IPv4 only');
  words.take('inet');
  route.via = formatIpv4(words.address());
}

function takeMtu(route: RouteWords, words: Words): void {
  if (words.take('lock')) throw notInStrata('the MTU of a route cannot be locked in a stack');
  route.mtu = words.number(0xffffffff, '"mtu" value is invalid\n');
}

function takeTable(word: string): void {
  if (tableOf(word) === 'main') return;
  throw notInStrata('routes are added to the table main; local follows from the addresses');
}

function takeHop(route: RouteWords, words: Words): void {
  const hop: HopWords = { via: undefined, device: undefined, weight: 1 };
  for (;;) {
    if (words.take('via')) takeVia(hop, words);
    else if (words.take('dev')) hop.device = words.next();
    else if (words.take('weight')) hop.weight = words.number(256, '"weight" is invalid\n');
    else break;
  }
  route.hops.push(hop);
}

function takeDestination(route: RouteWords, word: string, words: Words): void {
  let text = word === 'to' ? words.next() : word;
  if (isRouteType(text)) {
    if (route.type !== undefined) throw garbage('type', text);
    route.type = text;
    text = words.next();
  }
  if (route.to !== undefined) throw garbage('to', text);
  route.to = parsePrefix(text);
}

type Action = 'add' | 'append' | 'prepend' | 'change' | 'replace' | 'delete';

async function modify(stack: AskedStack, words: Words, action: Action): Promise<string> {
  const given = parseRoute(words);
  const device = given.device === undefined ? undefined : await stack.device(given.device);
  const { to, via, source, type, metric, mtu } = given;
  if (to === undefined) {
    throw new IpError(`Error: "ip route ${action}" needs a destination: ip route help`, 255);
  }
  const text = `${formatIpv4(to.address)}/${to.prefixLength}`;
  if (networkOf(to.address, to.prefixLength) !== to.address) {
    throw new IpError(`Error: Invalid prefix for given prefix length (${text}).`, 2);
  }
  const nexthops = await Promise.all(given.hops.map((hop) => hopBody(stack, hop)));
  const hasWay = via !== undefined || device !== undefined || nexthops.length > 0;
  if (action !== 'delete' && (type ?? 'unicast') === 'unicast' && !hasWay) {
    throw refusedBy('ENODEV', `a route to ${text} needs "via", "dev" or both`);
  }
  checkScope(given, action);
  await stack.post(
    '/api/routes',
    {},
    {
      action,
      to: text,
      metric,
      ...(via === undefined ? {} : { via }),
      ...(device === undefined ? {} : { interfaceIndex: device.index }),
      ...(nexthops.length === 0 ? {} : { nexthops }),
      ...(source === undefined ? {} : { source }),
      ...(type === undefined ? {} : { type }),
      ...(mtu === 0 || action === 'delete' ? {} : { mtu }),
      ...protocolOf(given, action),
    },
  );
  return '';
}

async function hopBody(stack: AskedStack, { via, device, weight }: HopWords): Promise<object> {
  const on = device === undefined ? undefined : await stack.device(device);
  return {
    ...(via === undefined ? {} : { via }),
    ...(on === undefined ? {} : { interfaceIndex: on.index }),
    weight,
  };
}

function protocolOf({ protocol }: RouteWords, action: Action): { readonly protocol?: number } {
  if (protocol !== undefined) return { protocol };
  return action === 'delete' ? {} : { protocol: BOOT };
}

/** A stack derives the scope: with a gateway global, on the link link. */
function checkScope({ scope, via, type = 'unicast' }: RouteWords, action: Action): void {
  if (scope === undefined || action === 'delete') return;
  const own = type === 'unicast' && via === undefined ? 'link' : 'global';
  if (scope === own || (scope === 'global' && own === 'link')) return;
  throw notInStrata(`the scope of this route is ${own} in a stack, not ${scope}`);
}

async function flush(stack: AskedStack, words: Words): Promise<string> {
  if (words.isAtEnd) throw new IpError('"ip route flush" requires arguments.', 1);
  const filter = parseFilter(words);
  if (filter.table === 'local') {
    throw notInStrata('the table local follows from the addresses: ip address flush');
  }
  const interfaces = await stack.interfaces();
  for (const one of await select(stack, { ...filter, table: 'main' })) {
    const index = interfaces.find(({ name }) => name === one.device)?.index;
    await stack.post(
      '/api/routes',
      {},
      {
        action: 'delete',
        to: `${formatIpv4(parseDestination(one.to))}/${one.prefixLength}`,
        type: one.type,
        protocol: one.protocol,
        metric: one.metric,
        ...(one.via === undefined ? {} : { via: one.via }),
        ...(index === undefined ? {} : { interfaceIndex: index }),
      },
    );
  }
  return '';
}

function parseDestination(to: string) {
  return to === 'default' ? parsePrefix(to).address : parseAddress(to.split('/')[0]!);
}
