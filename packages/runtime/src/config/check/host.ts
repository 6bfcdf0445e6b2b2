/** Checks of the host's part: its listening ports and its forwards. */
import { formatIpv4, type IpAddress, inPrefix, isLoopbackIpv4 } from '@strata/wire';
import type { ListenAddress } from '../fields.ts';
import type { Path } from '../problems/faults.ts';
import type { ForwardConfig, StackConfig } from '../schema.ts';
import { type Check, refuseUnknown } from './context.ts';
import { formatNetwork, isNetworkOrBroadcast } from './stack.ts';

/** Refuses two servers on one port of the host, and forwards to unreachable addresses. */
export function checkHost(check: Check): void {
  const { console, health, forwards } = check.config;
  const places: { readonly path: Path; readonly listen: ListenAddress }[] = [
    { path: ['console', 'listen'], listen: console.listen },
    { path: ['health', 'listen'], listen: health.listen },
    ...forwards.map(({ listen }, index) => ({ path: ['forwards', index, 'listen'], listen })),
  ];
  const known = places.filter(({ path }) => !check.isDoubtful(path));
  known.forEach(({ path, listen }, index) => {
    const other = known.slice(0, index).find((before) => meet(before.listen, listen));
    if (other === undefined) return;
    const owner = `${check.say(other.path)}${isSame(other.listen, listen) ? '' : ` (${formatListen(other.listen)})`}`;
    check.refuse(
      path,
      `${formatListen(listen)} is already in use by ${owner}: should be another port`,
    );
  });
  forwards.forEach((forward, index) => {
    checkForward(check, ['forwards', index], forward);
  });
}

/** The address as it is written in a file. */
function formatListen({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isSame(a: ListenAddress, b: ListenAddress): boolean {
  return a.host === b.host && a.port === b.port;
}

/** Names for all addresses of the host. A Node server on `::` accepts IPv4 too. */
const EVERYWHERE = ['0.0.0.0', '::'];
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Whether the two addresses cannot be listened on at once. Port 0 means any free port. */
function meet(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  if (a.host === b.host || EVERYWHERE.includes(a.host) || EVERYWHERE.includes(b.host)) return true;
  const hosts = [a.host, b.host];
  return hosts.includes('localhost') && hosts.every((host) => LOOPBACK.includes(host));
}

function checkForward(check: Check, at: Path, { stack: name, to }: ForwardConfig): void {
  if (check.isDoubtful([...at, 'stack'])) return;
  if (refuseUnknown(check, [...at, 'stack'], 'stack', name)) return;
  const stack = check.config.stacks[name]!;
  if (check.isDoubtful(['stacks', name]) || check.isDoubtful([...at, 'to'])) return;
  const why = whyUnreachable(stack, to.address);
  if (why === undefined) return;
  check.refuse([...at, 'to'], `${formatIpv4(to.address)}:${to.port} ${why}`);
}

/** Why a stack cannot connect to the address. Undefined if it can. */
function whyUnreachable(
  { interfaces, routes }: StackConfig,
  address: IpAddress,
): string | undefined {
  if (isLoopbackIpv4(address)) return undefined;
  const networks = interfaces.flatMap(({ addresses }) => addresses);
  const near = networks.filter((own) => inPrefix(address, own.address, own.prefixLength));
  const whole = near.find((own) => isNetworkOrBroadcast(address, own));
  if (whole !== undefined) {
    return `is the network's or the broadcast address of ${formatNetwork(whole)}: should be a host's`;
  }
  const isRouted = routes.some(
    ({ to, type }) => type === 'unicast' && inPrefix(address, to.address, to.prefixLength),
  );
  if (near.length > 0 || isRouted) return undefined;
  return "is out of the stack's reach: should be in a network of its interfaces or of its routes";
}
