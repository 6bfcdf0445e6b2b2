/**
 * The IPv4 routes of the host. With them a TAP is refused if it would take traffic that already has
 * a route.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import {
  formatIpv4,
  type IpAddress,
  inPrefix,
  ipv4Address,
  networkOf,
  parseIpv4,
} from '@strata/wire';
import type { InterfaceAddress } from '../config/fields.ts';

/** A route of the kernel. */
export interface HostRoute {
  /** The route's interface. Undefined: these addresses are the host's own. */
  readonly device: string | undefined;
  readonly network: IpAddress;
  readonly prefixLength: number;
}

/**
 * The main table, with its interfaces, and all tables, including the table of the host's own
 * addresses.
 */
const TABLES = ['/proc/net/route', '/proc/net/fib_trie'] as const;
const NAMESPACES = '/run/netns';
const READ_TIMEOUT_MS = 2000;
/** Enough for a router with all routes of the Internet. */
const MAX_TABLE_OCTETS = 0x10000000;
/** Routes such as `unreachable` send nothing, so a TAP takes no traffic from them. */
const RTF_REJECT = 0x200;

/**
 * The routes of a network namespace. Undefined: this process's namespace. Empty if they cannot be
 * read, or if the namespace does not exist yet.
 */
export function readHostRoutes(netns: string | undefined): HostRoute[] {
  try {
    const [main, all] = readTables(netns);
    return [...parseRouteTable(main), ...parseOwnAddresses(all)];
  } catch {
    return [];
  }
}

/**
 * A process reads the tables of its own namespace. For another namespace, a program inside it reads
 * them.
 */
function readTables(netns: string | undefined): [main: string, all: string] {
  const read = (table: string) => {
    if (netns === undefined) return readFileSync(table, 'utf8');
    const path = `${NAMESPACES}/${netns}`;
    if (!existsSync(path)) return '';
    return execFileSync('nsenter', [`--net=${path}`, 'cat', table], {
      encoding: 'utf8',
      timeout: READ_TIMEOUT_MS,
      maxBuffer: MAX_TABLE_OCTETS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  };
  return [read(TABLES[0]), read(TABLES[1])];
}

/**
 * Parses /proc/net/route: columns with a heading line. Addresses are hexadecimal, in the machine's
 * octet order.
 */
export function parseRouteTable(text: string, isLittleEndian = endianness() === 'LE'): HostRoute[] {
  const addressOf = (word: string) => {
    const octets = word.match(/../g) ?? [];
    return Number.parseInt((isLittleEndian ? octets.reverse() : octets).join(''), 16);
  };
  const routes: HostRoute[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [device, network, , flags, , , , mask] = line.trim().split(/\s+/);
    if (device === undefined || network === undefined || mask === undefined) continue;
    if ((Number.parseInt(flags ?? '', 16) & RTF_REJECT) !== 0) continue;
    const prefixLength = 32 - Math.log2(0x100000000 - addressOf(mask));
    routes.push({ device, network: ipv4Address(addressOf(network)), prefixLength });
  }
  return routes;
}

/**
 * Finds the host's own addresses in /proc/net/fib_trie: `|-- 192.0.2.1`, and on a line below `/32
 * host LOCAL`. All addresses of a network on the loopback interface are the host's own.
 */
export function parseOwnAddresses(text: string): HostRoute[] {
  const routes: HostRoute[] = [];
  let network: IpAddress | undefined;
  for (const line of text.split('\n')) {
    const leaf = /^\s*\|-- ([\d.]+)$/.exec(line);
    if (leaf !== null) network = parseIpv4(leaf[1]!);
    const own = /^\s*\/(\d+) host LOCAL$/.exec(line);
    if (own === null || network === undefined) continue;
    routes.push({ device: undefined, network, prefixLength: Number(own[1]) });
  }
  return routes;
}

/**
 * A route that overlaps the network of `address`: one of the two networks contains the other. Not
 * counted are the default route, its halves (0.0.0.0/1 and 128.0.0.0/1, with which VPNs replace
 * it), and routes of `device` itself.
 */
export function overlappingRoute(
  routes: readonly HostRoute[],
  { address, prefixLength }: InterfaceAddress,
  device: string,
): HostRoute | undefined {
  const isOwn = (route: HostRoute) =>
    route.device === device ||
    (route.device === undefined &&
      routes.some((it) => it.device === device && contains(it, route.network)));
  return routes.find(
    (route) =>
      !isOwn(route) &&
      route.prefixLength > 1 &&
      inPrefix(address, route.network, Math.min(prefixLength, route.prefixLength)),
  );
}

function contains({ network, prefixLength }: HostRoute, address: IpAddress): boolean {
  return inPrefix(address, network, prefixLength);
}

/** `192.0.2.0/24` */
export function formatRoute({ network, prefixLength }: Omit<HostRoute, 'device'>): string {
  return `${formatIpv4(networkOf(network, prefixLength))}/${prefixLength}`;
}
