import { broadcastOf, formatIpv4, networkOf, parseIpv4 } from '@strata/wire';
import { briefStart, flagsOf, linkLine, stateOf } from './format-link.ts';
import type { IpOptions } from './ip-options.ts';
import type { Paint } from './paint.ts';
import type { ApiInterface } from './stack.ts';

/** An address of an interface, with what follows from its place in the list. */
export interface ShownAddress {
  readonly local: string;
  readonly prefixLength: number;
  /** Undefined: the subnet has none (RFC 3021), or it is loopback's. */
  readonly broadcast: string | undefined;
  readonly scope: 'global' | 'host';
  /** Another address of the subnet came first. */
  readonly isSecondary: boolean;
  /** Conflict detection: `tentative`, `duplicate`, or `preferred`. */
  readonly state: string;
}

/** The addresses of an interface as `ip address` orders them: the primary ones first. */
export function addressesOf(each: ApiInterface): ShownAddress[] {
  const subnets = new Set<string>();
  const shown = each.addresses.map((text, at): ShownAddress => {
    const [local = '', length = '32'] = text.split('/');
    const address = parseIpv4(local)!;
    const prefixLength = Number(length);
    const subnet = `${formatIpv4(networkOf(address, prefixLength))}/${length}`;
    const isSecondary = subnets.has(subnet);
    subnets.add(subnet);
    const isLoopback = each.kind === 'loopback';
    const hasBroadcast = !isLoopback && prefixLength < 31;
    return {
      local,
      prefixLength,
      broadcast: hasBroadcast ? formatIpv4(broadcastOf(address, prefixLength)) : undefined,
      scope: isLoopback ? 'host' : 'global',
      isSecondary,
      state: each.addressStates?.[at] ?? 'preferred',
    };
  });
  const isSecondary = (one: ShownAddress) => one.isSecondary;
  return [...shown.filter((one) => !isSecondary(one)), ...shown.filter(isSecondary)];
}

const FOREVER = 'valid_lft forever preferred_lft forever';

/** `inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0` */
function inetText(one: ShownAddress, name: string, paint: Paint): string {
  const local = paint('address', one.local);
  const broadcast = one.broadcast === undefined ? '' : ` brd ${paint('address', one.broadcast)}`;
  const flags = addressFlags(one).map((flag) => `${flag} `);
  return `inet ${local}/${one.prefixLength}${broadcast} scope ${one.scope} ${flags.join('')}${name}`;
}

function addressFlags({ isSecondary, state }: ShownAddress): string[] {
  return [
    ...(isSecondary ? ['secondary'] : []),
    ...(state === 'duplicate' ? ['dadfailed'] : []),
    ...(state === 'preferred' ? [] : ['tentative']),
  ];
}

/** The lines of `ip address show` for one interface and these addresses of it. */
export function addressLines(
  each: ApiInterface,
  addresses: readonly ShownAddress[],
  options: IpOptions,
  paint: Paint,
): string[] {
  const { index, name } = each;
  if (options.brief) {
    const list = addresses.map((one) => `${paint('address', one.local)}/${one.prefixLength} `);
    return [`${briefStart(each, paint)}${list.join('')}`];
  }
  const texts = addresses.map((one) => inetText(one, name, paint));
  if (options.oneline) {
    return texts.map(
      (text) => `${index}: ${paint('interface', name)}    ${text}\\       ${FOREVER}`,
    );
  }
  return [
    linkLine(each, false, paint),
    ...(options.inet ? [] : [linkAddressLine(each, paint)]),
    ...texts.flatMap((text) => [`    ${text}`, `       ${FOREVER}`]),
  ];
}

function linkAddressLine({ kind, mac }: ApiInterface, paint: Paint): string {
  const [type, broadcast] =
    kind === 'loopback' ? ['loopback', mac] : ['ether', 'ff:ff:ff:ff:ff:ff'];
  return `    link/${type} ${paint('mac', mac)} brd ${paint('mac', broadcast)}`;
}

const FOREVER_SECONDS = 4294967295;

/** `ip -j address`. */
export function addressJson(
  each: ApiInterface,
  addresses: readonly ShownAddress[],
  options: IpOptions,
): object {
  const { index, name, mtu, kind, mac } = each;
  if (options.brief) {
    const info = addresses.map(({ local, prefixLength }) => ({ local, prefixlen: prefixLength }));
    return { ifname: name, operstate: stateOf(each), addr_info: info };
  }
  return {
    ifindex: index,
    ifname: name,
    flags: flagsOf(each),
    mtu,
    qdisc: 'noqueue',
    operstate: stateOf(each),
    group: 'default',
    link_type: kind === 'loopback' ? 'loopback' : 'ether',
    address: mac,
    broadcast: kind === 'loopback' ? mac : 'ff:ff:ff:ff:ff:ff',
    addr_info: addresses.map((one) => ({
      family: 'inet',
      local: one.local,
      prefixlen: one.prefixLength,
      ...(one.broadcast === undefined ? {} : { broadcast: one.broadcast }),
      scope: one.scope,
      ...Object.fromEntries(addressFlags(one).map((flag) => [flag, true])),
      label: name,
      valid_life_time: FOREVER_SECONDS,
      preferred_life_time: FOREVER_SECONDS,
    })),
  };
}
