/** The IPv4 routes of the host, so that a TAP takes no traffic that has another way already. */
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

/** A route of the kernel's. */
export interface HostRoute {
  /** The interface that it leads to; undefined: the host itself has these addresses. */
  readonly device: string | undefined;
  readonly network: IpAddress;
  readonly prefixLength: number;
}

/**
 * The main table, with the interfaces; and all tables, among them that of the host's own addresses.
 */
const TABLES = ['/proc/net/route', '/proc/net/fib_trie'] as const;
const NAMESPACES = '/run/netns';
const READ_TIMEOUT_MS = 2000;
/** Enough for a router with all routes of the Internet. */
const MAX_TABLE_OCTETS = 0x10000000;
/** `unreachable` and its like send nothing: there is no traffic to take. */
const RTF_REJECT = 0x200;

/**
 * The routes of a network namespace; undefined: of this process's. Empty where they cannot be read,
 * or where there is no such namespace yet.
 */
export function readHostRoutes(netns: string | undefined): HostRoute[] {
  try {
    const [main, all] = readTables(netns);
    return [...parseRouteTable(main), ...parseOwnAddresses(all)];
  } catch {
    return [];
  }
}

/** The tables are those of whoever reads them, so a program that has entered the namespace does. */
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
 * What /proc/net/route says: columns with a heading; addresses in hexadecimal, in the machine's
 * order of octets.
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
 * What /proc/net/fib_trie says of the host's own addresses: `|-- 192.0.2.1`, and on a line below
 * `/32 host LOCAL`. A network on the loopback interface is its own as a whole.
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
 * The route that has traffic of the network that `address` is in, or a part of it: one network
 * contains the other. The default route does not count, nor its halves (0.0.0.0/1, 128.0.0.0/1), by
 * which VPNs replace it; nor does what is on `device` itself.
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
