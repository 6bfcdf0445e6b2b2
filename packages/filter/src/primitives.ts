import { ipv4Bits, LIMITED_BROADCAST_IPV4, networkOf, parseIpv4, parseMac } from '@strata/wire';
import {
  type AddressProtocol,
  type Direction,
  hasAddress,
  hasMac,
  isEtherMulticast,
  isIpMulticast,
} from './addresses.ts';
import type { Cursor } from './cursor.ts';
import { ETHERTYPES, IP_PROTOCOLS, PORTS } from './names.ts';
import { hasPort, isPortProtocol, WITH_PORTS } from './ports.ts';
import {
  isEtherType,
  isIpProtocol,
  isIpv4Protocol,
  isIpv6Protocol,
  protocolTest,
  type Test,
} from './test.ts';

/** The qualifiers before a name or number: `tcp src port`. */
export interface Qualifiers {
  readonly protocol: string | undefined;
  readonly direction: Direction | undefined;
  readonly type: 'host' | 'net' | 'port' | 'portrange' | 'proto' | undefined;
}

type ParseExpression = (
  cursor: Cursor,
  before?: Qualifiers,
) => { readonly test: Test; readonly qualifiers: Qualifiers | undefined };

const PROTOCOLS = ['ether', 'link', ...ETHERTYPES.keys(), ...IP_PROTOCOLS.keys()];
const TYPES = ['host', 'net', 'port', 'portrange', 'proto'] as const;
const BROADCAST_MAC = 0xffffffffffff;

/** Keywords of pcap-filter(7) that are not supported, and why. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  vlan: 'Strata has no VLANs',
  mpls: 'Strata has no MPLS',
  pppoes: 'Strata has no PPPoE',
  pppoed: 'Strata has no PPPoE',
  geneve: 'Strata has no tunnels',
  gateway: 'it needs a table of hosts: use ether host MAC and not host ADDRESS',
  protochain: 'use proto',
  ifname: 'use -i',
  type: 'it is for Wi-Fi',
  wlan: 'it is for Wi-Fi',
};

/** Whether a word begins a primitive. Otherwise it stands for a number. */
export function starts(word: string): boolean {
  return PROTOCOLS.includes(word) || word in UNSUPPORTED;
}

/**
 * A primitive: qualifiers with a name or number, or a keyword that stands alone. Throws
 * FilterError.
 */
export function primitive(
  cursor: Cursor,
  before: Qualifiers | undefined,
  parse: ParseExpression,
): { readonly test: Test; readonly qualifiers: Qualifiers | undefined } {
  const alone = keyword(cursor);
  if (alone !== undefined) return { test: alone, qualifiers: undefined };
  const start = cursor.next.position;
  const protocol = cursor.take(...PROTOCOLS);
  if (protocol === 'ether' || protocol === 'link') needEthernet(cursor, protocol, start);
  const special = specialOf(cursor, protocol);
  if (special !== undefined) return { test: special, qualifiers: undefined };
  const direction = parseDirection(cursor);
  const type = cursor.take(...TYPES) as Qualifiers['type'];
  const isQualified = protocol !== undefined || direction !== undefined || type !== undefined;
  const given = { protocol, direction, type };
  const qualifiers = isQualified ? given : (before ?? given);
  if (isQualified && cursor.take('(') !== undefined) {
    const inner = parse(cursor, qualifiers);
    cursor.expect(')');
    return { test: inner.test, qualifiers };
  }
  if (protocol !== undefined && direction === undefined && type === undefined) {
    const test = isIdentifier(cursor) ? undefined : protocolTest(protocol);
    if (test !== undefined) return { test, qualifiers };
  }
  return { test: identifier(cursor, qualifiers, start), qualifiers };
}

/** `broadcast`, `less 100`, `inbound`: keywords without a name. */
function keyword(cursor: Cursor): Test | undefined {
  const { text, isEscaped, position, kind } = cursor.next;
  if (kind === 'word' && !isEscaped && Object.hasOwn(UNSUPPORTED, text)) {
    throw cursor.error(`${text} is not supported: ${UNSUPPORTED[text]}`, position);
  }
  switch (cursor.take('broadcast', 'multicast', 'less', 'greater', 'inbound', 'outbound')) {
    case 'broadcast':
      needEthernet(cursor, text, position);
      return hasMac('dst', BROADCAST_MAC);
    case 'multicast':
      needEthernet(cursor, text, position);
      return isEtherMulticast;
    case 'less': {
      const most = numberOf(cursor, 0xffffffff);
      return (reader) => reader.lengthOctets <= most;
    }
    case 'greater': {
      const least = numberOf(cursor, 0xffffffff);
      return (reader) => reader.lengthOctets >= least;
    }
    case 'inbound':
      return (reader) => reader.direction === 'in';
    case 'outbound':
      return (reader) => reader.direction === 'out';
  }
  return undefined;
}

function needEthernet(cursor: Cursor, keyword: string, position: number): void {
  if (cursor.linkType === 'ethernet') return;
  throw cursor.error(
    `${keyword} needs frames: here are packets without an Ethernet header`,
    position,
  );
}

/** `ether broadcast`, `ip multicast`. */
function specialOf(cursor: Cursor, protocol: string | undefined): Test | undefined {
  const position = cursor.next.position;
  if (protocol === 'ether' || protocol === 'link') {
    if (cursor.take('broadcast') !== undefined) return hasMac('dst', BROADCAST_MAC);
    if (cursor.take('multicast') !== undefined) return isEtherMulticast;
  } else if (protocol === 'ip') {
    if (cursor.take('multicast') !== undefined) return isIpMulticast;
    if (cursor.take('broadcast') !== undefined) {
      const problem = 'ip broadcast is not supported: the netmask is not known here. Use dst host';
      throw cursor.error(problem, position);
    }
  }
  return undefined;
}

function parseDirection(cursor: Cursor): Direction | undefined {
  const first = cursor.take('src', 'dst');
  if (first === undefined) return undefined;
  const other = first === 'src' ? 'dst' : 'src';
  return (
    cursor.attempt(() => {
      const join = cursor.take('and', '&&', 'or', '||');
      if (join === undefined || cursor.take(other) === undefined) return undefined;
      return join === 'and' || join === '&&' ? 'src and dst' : 'src or dst';
    }) ?? (first as Direction)
  );
}

/** Whether the next token is a name or number, not a keyword or sign. */
function isIdentifier(cursor: Cursor): boolean {
  const { kind, text, isEscaped } = cursor.next;
  return kind === 'word' && (isEscaped || !['and', 'or', 'not'].includes(text));
}

function identifier(cursor: Cursor, qualifiers: Qualifiers, start: number): Test {
  if (!isIdentifier(cursor)) throw cursor.error('expected an address, port or protocol');
  const { protocol, direction = 'src or dst', type } = qualifiers;
  switch (type) {
    case 'port':
    case 'portrange':
      return portTest(cursor, protocol, direction, type, start);
    case 'proto':
      return protoTest(cursor, protocol);
    case 'net':
      return netTest(cursor, protocol, direction, start);
    default:
      return hostTest(cursor, protocol, direction, start);
  }
}

function portTest(
  cursor: Cursor,
  protocol: string | undefined,
  direction: Direction,
  type: 'port' | 'portrange',
  start: number,
): Test {
  if (protocol !== undefined && !isPortProtocol(protocol)) {
    throw cursor.error(`${protocol} has no ports: tcp, udp and sctp have`, start);
  }
  const { text, position } = cursor.next;
  const [first = '', last = first] = type === 'portrange' ? text.split(/-(?=\d)/) : [text];
  const named = PORTS.get(text);
  const ports = [first, last].map((one) => named?.port ?? (/^\d+$/.test(one) ? Number(one) : -1));
  if (ports.some((port) => port < 0 || port > 65535)) {
    const example = type === 'port' ? 'a number up to 65535, or http' : 'a range such as 20-25';
    throw cursor.error(`${text} is not a ${type}: expected ${example}`, position);
  }
  const wanted = protocol === undefined ? (named?.protocols ?? WITH_PORTS) : [protocol];
  if (named !== undefined && !named.protocols.some((one) => wanted.includes(one))) {
    throw cursor.error(`${text} is a port of ${named.protocols.join()}, not ${protocol}`, position);
  }
  cursor.skip();
  return hasPort(wanted, direction, Math.min(...ports), Math.max(...ports));
}

function protoTest(cursor: Cursor, protocol: string | undefined): Test {
  const { text, position } = cursor.next;
  const isEther = protocol === 'ether' || protocol === 'link';
  const names = isEther ? ETHERTYPES : IP_PROTOCOLS;
  const most = isEther ? 0xffff : 255;
  const number = names.get(text) ?? (/^(?:\d+|0x[\da-f]+)$/.test(text) ? Number(text) : -1);
  if (number < 0 || number > most) {
    const example = [...names.keys()].slice(0, 4).join(', ');
    throw cursor.error(
      `${text} is not a protocol: expected 0 to ${most}, or ${example} …`,
      position,
    );
  }
  cursor.skip();
  if (isEther) return isEtherType(number);
  if (protocol === undefined) return isIpProtocol(number);
  if (protocol === 'ip') return isIpv4Protocol(number);
  if (protocol === 'ip6') return isIpv6Protocol(number);
  throw cursor.error(
    `${protocol} proto has no meaning: expected ip proto or ether proto`,
    position,
  );
}

function netTest(
  cursor: Cursor,
  protocol: string | undefined,
  direction: Direction,
  start: number,
): Test {
  const { text, position } = cursor.skip();
  const parts = /^\d+(?:\.\d+){0,3}$/.test(text) ? text.split('.') : [];
  const network = parseIpv4([...parts, '0', '0', '0'].slice(0, 4).join('.'));
  if (parts.length === 0 || network === undefined) {
    throw cursor.error(`${text} is not a network: expected one such as 192.0.2.0/24`, position);
  }
  let mask = prefixMask(8 * parts.length);
  if (cursor.take('/') !== undefined) mask = prefixMask(numberOf(cursor, 32));
  else if (cursor.take('mask') !== undefined) mask = addressOf(cursor);
  const address = ipv4Bits(network);
  if ((address & ~mask) !== 0) {
    throw cursor.error(
      `${text} has bits set beyond its mask: write the network's own address`,
      position,
    );
  }
  return hasAddress(addressProtocol(cursor, protocol, start), direction, address, mask);
}

function hostTest(
  cursor: Cursor,
  protocol: string | undefined,
  direction: Direction,
  start: number,
): Test {
  const { text, position } = cursor.next;
  if (protocol === 'ether' || protocol === 'link') {
    const mac = parseMac(text.replaceAll('-', ':'));
    if (mac === undefined) {
      throw cursor.error(`${text} is not a MAC address: expected 02:00:00:00:00:01`, position);
    }
    cursor.skip();
    return hasMac(direction, mac);
  }
  const address = addressOf(cursor);
  return hasAddress(addressProtocol(cursor, protocol, start), direction, address, 0xffffffff);
}

function addressProtocol(
  cursor: Cursor,
  protocol: string | undefined,
  start: number,
): AddressProtocol {
  if (protocol === undefined) return undefined;
  if (protocol === 'ip' || protocol === 'arp' || protocol === 'rarp') return protocol;
  throw cursor.error(`${protocol} has no addresses: ip, arp and ether have`, start);
}

/** The bits of the address in the next token. */
function addressOf(cursor: Cursor): number {
  const { text, position } = cursor.next;
  const address = parseIpv4(text);
  if (address === undefined) {
    const hint = 'names are not looked up';
    throw cursor.error(`${text} is not an IPv4 address such as 192.0.2.1 (${hint})`, position);
  }
  cursor.skip();
  return ipv4Bits(address);
}

/** The mask of a prefix of 0 to 32 bits: 24 gives 0xffffff00. */
function prefixMask(prefixLength: number): number {
  return ipv4Bits(networkOf(LIMITED_BROADCAST_IPV4, prefixLength));
}

function numberOf(cursor: Cursor, most: number): number {
  const { text, position } = cursor.next;
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (value < 0 || value > most) {
    throw cursor.error(`${text} is not a number from 0 to ${most}`, position);
  }
  cursor.skip();
  return value;
}
