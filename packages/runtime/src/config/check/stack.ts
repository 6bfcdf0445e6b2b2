/** Checks inside a stack: its interfaces, routes and applications. */
import { broadcastOf, formatIpv4, type IpAddress, inPrefix, networkOf } from '@strata/wire';
import type { InterfaceAddress } from '../fields.ts';
import { ANY_INTERFACE, knobOf, scopeOf } from '../knobs.ts';
import type { Path } from '../problems/faults.ts';
import { unknownName } from '../problems/words.ts';
import type { InterfaceConfig, RouteConfig, StackConfig } from '../schema.ts';
import { type Check, Owners, refuseUnknown } from './context.ts';
import { checkNat } from './nat.ts';

/** Refuses contradictions in the stack of that name. */
export function checkStack(check: Check, name: string): void {
  const stack = check.config.stacks[name]!;
  const at = ['stacks', name];
  checkInterfaces(check, [...at, 'interfaces'], stack);
  const seen = new Owners<string>(check);
  // Each address adds a route to its network (RFC 1122 3.3.1.1). Two addresses in one network add
  // one route.
  const connected = new Set<string>();
  stack.interfaces.forEach(({ addresses }, index) => {
    addresses.forEach((address, n) => {
      const key = `${formatNetwork(address)} 0`;
      if (!connected.has(key))
        seen.claim(key, [...at, 'interfaces', index, 'addresses', n], () => '');
      connected.add(key);
    });
  });
  stack.routes.forEach((route, index) => {
    checkRoute(check, [...at, 'routes', index], route, stack, seen);
  });
  checkSysctl(check, [...at, 'sysctl'], stack);
  checkNat(check, [...at, 'nat'], stack, namesOf(stack));
  checkApplications(check, [...at, 'applications'], stack);
}

/** Refuses a knob of an interface that the stack does not have. */
function checkSysctl(check: Check, at: Path, stack: StackConfig): void {
  if (check.isDoubtful([...at.slice(0, -1), 'interfaces'])) return;
  const names = namesOf(stack);
  for (const name of Object.keys(stack.sysctl)) {
    const scope = scopeOf(name);
    // Network has loopback, link does not.
    const known = knobOf(name)?.layers.includes('network') ? [...names, 'lo'] : names;
    if (scope === undefined || [...ANY_INTERFACE, ...known].includes(scope)) continue;
    check.refuse([...at, name], unknownName('interface', scope, [...known, ...ANY_INTERFACE]));
  }
}

/** The name of an interface. Default: `eth` and its place in the file. */
export function nameOf(entry: InterfaceConfig, index: number): string {
  return entry.name ?? `eth${index}`;
}

/** The names of a stack's interfaces, in the order of the file. */
function namesOf({ interfaces }: StackConfig): string[] {
  return interfaces.map(nameOf);
}

/** An address as it is written in a file. */
export function formatAddress({ address, prefixLength }: InterfaceAddress): string {
  return `${formatIpv4(address)}/${prefixLength}`;
}

function checkInterfaces(check: Check, at: Path, stack: StackConfig): void {
  const { interfaces } = stack;
  if (interfaces.length === 0) {
    if (check.isDoubtful(at)) return;
    const example = '{ wire: lan, addresses: [192.0.2.2/24] }';
    return check.refuse(at, `[] should have at least one interface, such as ${example}`);
  }
  const names = new Owners<string>(check);
  const addresses = new Owners<IpAddress>(check);
  interfaces.forEach((entry, index) => {
    const path = [...at, index];
    checkInterface(check, path, entry);
    checkNeighbours(check, [...path, 'neighbours'], entry, stack);
    const name = nameOf(entry, index);
    if (name === 'lo') check.refuse([...path, 'name'], 'lo is the name of loopback');
    else if (ANY_INTERFACE.includes(name)) {
      const names = `${name} stands for interfaces in the names of knobs: should be another name`;
      check.refuse([...path, 'name'], names);
    } else
      names.claim(
        name,
        [...path, 'name'],
        () => `${name} is already the name of another interface: should be another name`,
      );
    entry.addresses.forEach((address, n) => {
      const text = formatIpv4(address.address);
      addresses.claim(
        address.address,
        [...path, 'addresses', n],
        (owner) => `${text} is already the address of ${owner}: should be another address`,
      );
      if (address.prefixLength === 32)
        refuseAlone(check, [...path, 'addresses', n], address, name, stack);
    });
  });
  const hasAddress = interfaces.some((entry) => entry.addresses.length > 0);
  if (hasAddress || check.isDoubtful(at)) return;
  check.refuse(
    at,
    'should have an address on at least one interface, such as addresses: [192.0.2.2/24]',
  );
}

/** Refuses a /32 address without an on-link route: it has no neighbours. */
function refuseAlone(
  check: Check,
  path: Path,
  address: InterfaceAddress,
  name: string,
  { routes }: StackConfig,
): void {
  const isOnLink = (route: RouteConfig) =>
    route.type === 'unicast' && route.via === undefined && route.interface === name;
  if (routes.some(isOnLink) || check.isDoubtful([...path.slice(0, 2), 'routes'])) return;
  check.refuse(
    path,
    `${formatAddress(address)} reaches no other host: should have the prefix length of its wire's network, such as ` +
      `${formatIpv4(address.address)}/24, or the stack a route with interface: ${name} and without via`,
  );
}

function checkInterface(check: Check, at: Path, entry: InterfaceConfig): void {
  const { wire: wireName, tap, mtu } = entry;
  if ((wireName === undefined) === (tap === undefined)) {
    const isKnown = !check.isDoubtful([...at, 'wire']) && !check.isDoubtful([...at, 'tap']);
    if (isKnown) check.refuse(at, 'should have either a wire or a tap');
    return;
  }
  if (tap !== undefined) {
    if (mtu !== undefined && mtu > tap.mtu) {
      check.refuse([...at, 'mtu'], `${mtu} is more than its TAP carries, ${tap.mtu} octets`);
    }
    return;
  }
  if (wireName === undefined || refuseUnknown(check, [...at, 'wire'], 'wire', wireName)) return;
  const wire = check.config.wires[wireName]!;
  if (mtu === undefined || mtu <= wire.mtu || check.isDoubtful(['wires', wireName])) return;
  const carried = `${mtu} is more than the wire ${wireName} carries, ${wire.mtu} octets`;
  check.refuse([...at, 'mtu'], carried);
}

/** Refuses a neighbour that is neither a station nor a proxy address, or is there twice. */
function checkNeighbours(
  check: Check,
  at: Path,
  { neighbours }: InterfaceConfig,
  stack: StackConfig,
): void {
  const owners = new Owners<IpAddress>(check);
  const own = new Set(stack.interfaces.flatMap((it) => it.addresses.map(({ address }) => address)));
  neighbours.forEach(({ address, mac, proxy }, index) => {
    const path = [...at, index];
    if ((mac !== undefined) === proxy && !check.isDoubtful(path)) {
      check.refuse(path, 'should have either a mac or proxy: true');
    }
    const text = formatIpv4(address);
    if (own.has(address)) {
      const told = `${text} is the stack's own address: should be that of another host`;
      check.refuse([...path, 'address'], told);
    }
    owners.claim(address, [...path, 'address'], (owner) => `${text} is in ${owner} already`);
  });
}

function checkRoute(
  check: Check,
  at: Path,
  route: RouteConfig,
  stack: StackConfig,
  seen: Owners<string>,
): void {
  const { to, via, metric, type, nexthops } = route;
  const text = to.prefixLength === 0 ? 'default' : formatAddress(to);
  if (!check.isDoubtful([...at, 'to']) && !check.isDoubtful([...at, 'metric'])) {
    seen.claim(
      `${text} ${metric}`,
      at,
      (owner) =>
        `${owner} already adds a route to ${text} with metric ${metric}: should have another metric`,
    );
  }
  checkSource(check, at, route, stack);
  checkInterfaceName(check, at, route.interface, stack);
  if (check.isDoubtful([...at, 'type'])) return;
  if (type !== 'unicast') {
    if (nexthops !== undefined) {
      check.refuse([...at, 'nexthops'], `are not used: a ${type} route has no gateway`);
    }
    if (via === undefined) return;
    return check.refuse(
      [...at, 'via'],
      `${formatIpv4(via)} is not used: a ${type} route has no gateway`,
    );
  }
  if (nexthops === undefined) return checkHop(check, at, route, stack);
  if (via !== undefined || route.interface !== undefined) {
    const name = via !== undefined ? 'via' : 'interface';
    check.refuse([...at, name], 'should be in one of nexthops: a route has either both or those');
  }
  if (nexthops.length === 0) {
    check.refuse([...at, 'nexthops'], 'is empty: should have a next hop for each way');
  }
  nexthops.forEach((hop, index) => {
    const path = [...at, 'nexthops', index];
    checkInterfaceName(check, path, hop.interface, stack);
    checkHop(check, path, hop, stack);
  });
}

/** Refuses a way without a gateway or interface, or with a gateway that is not there. */
function checkHop(
  check: Check,
  at: Path,
  hop: Pick<RouteConfig, 'via' | 'interface'>,
  stack: StackConfig,
): void {
  if (hop.via !== undefined) return checkGateway(check, at, hop, hop.via, stack);
  if (hop.interface === undefined && !check.isDoubtful(at)) {
    check.refuse(at, 'should have a gateway (via), an interface, or both');
  }
}

function checkInterfaceName(
  check: Check,
  at: Path,
  on: string | undefined,
  stack: StackConfig,
): void {
  const names = namesOf(stack);
  if (on === undefined || names.includes(on)) return;
  if (check.isDoubtful([...at.slice(0, 2), 'interfaces'])) return;
  check.refuse([...at, 'interface'], unknownName('interface', on, names));
}

/** Refuses a source that is not an address of the stack. */
function checkSource(check: Check, at: Path, { source }: RouteConfig, stack: StackConfig): void {
  if (source === undefined || check.isDoubtful([...at.slice(0, 2), 'interfaces'])) return;
  const own = stack.interfaces.flatMap(({ addresses }) => addresses);
  if (own.some(({ address }) => address === source)) return;
  check.refuse(
    [...at, 'source'],
    `${formatIpv4(source)} is not an address of the stack: should be one of its interfaces'`,
  );
}

function checkGateway(
  check: Check,
  at: Path,
  { interface: on }: Pick<RouteConfig, 'interface'>,
  via: IpAddress,
  stack: StackConfig,
): void {
  const path = [...at, 'via'];
  const text = formatIpv4(via);
  const all = stack.interfaces.flatMap(({ addresses }) => addresses);
  if (all.some(({ address }) => address === via)) {
    return check.refuse(path, `${text} is the stack's own address: should be that of another host`);
  }
  // An interface with a fault may have the gateway's network.
  if (check.isDoubtful([...at.slice(0, 2), 'interfaces'])) return;
  const names = namesOf(stack);
  if (on !== undefined && !names.includes(on)) return;
  const near = stack.interfaces
    .filter((_, index) => on === undefined || names[index] === on)
    .flatMap(({ addresses }) => addresses)
    .filter(({ address, prefixLength }) => inPrefix(via, address, prefixLength));
  if (near.length === 0) {
    const where = on === undefined ? "the stack's interfaces" : `interface ${on}`;
    return check.refuse(path, `${text} is in no network of ${where}`);
  }
  const network = near.find((entry) => isNetworkOrBroadcast(via, entry));
  if (network === undefined) return;
  const of = formatNetwork(network);
  check.refuse(
    path,
    `${text} is the network's or the broadcast address of ${of}: should be a host's`,
  );
}

/**
 * Whether the address is the network's or its broadcast address (RFC 1122 3.2.1.3). A /31 network
 * has neither (RFC 3021).
 */
export function isNetworkOrBroadcast(
  address: IpAddress,
  { prefixLength }: InterfaceAddress,
): boolean {
  if (prefixLength >= 31) return false;
  const isNetwork = address === networkOf(address, prefixLength);
  return isNetwork || address === broadcastOf(address, prefixLength);
}

/** The network that an interface's address is in. */
export function formatNetwork({ address, prefixLength }: InterfaceAddress): string {
  return `${formatIpv4(networkOf(address, prefixLength))}/${prefixLength}`;
}

const APPLICATIONS = ['echo', 'discard', 'chargen', 'daytime', 'time', 'messages', 'http'] as const;

/** TCP and UDP each have ports of their own (RFC 9293 3.4.1, RFC 768). */
function checkApplications(check: Check, at: Path, { applications }: StackConfig): void {
  const ports = new Owners<number>(check);
  for (const name of APPLICATIONS) {
    const application = applications[name];
    const path = [...at, name, 'port'];
    if (application === undefined || check.isDoubtful(path)) continue;
    const { port } = application;
    ports.claim(
      port,
      path,
      (owner) => `${port} is already the TCP port of ${owner}: should be another port`,
    );
  }
}
