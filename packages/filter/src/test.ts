import type { Reader } from './capture.ts';
import { ETHERTYPES, IP_PROTOCOLS } from './names.ts';

/** A compiled part of a filter: whether it matches the reader's current capture. */
export type Test = (reader: Reader) => boolean;

export const and =
  (a: Test, b: Test): Test =>
  (reader) =>
    a(reader) && b(reader);

export const or =
  (a: Test, b: Test): Test =>
  (reader) =>
    a(reader) || b(reader);

export const not =
  (a: Test): Test =>
  (reader) =>
    !a(reader);

export const never: Test = () => false;

const IPV6_NEXT_HEADER = 6;
const IPV6_HEADER_OCTETS = 40;
const IPV6_FRAGMENT = 44;
const IPV4_PROTOCOL = 9;

export const isEtherType =
  (type: number): Test =>
  (reader) =>
    reader.etherType() === type;

export const isIpv4 = isEtherType(ETHERTYPES.get('ip')!);
const isIpv6 = isEtherType(ETHERTYPES.get('ip6')!);
export const isArp = isEtherType(ETHERTYPES.get('arp')!);
export const isRarp = isEtherType(ETHERTYPES.get('rarp')!);

/** IPv4 whose header has this protocol number. Fragments match too. */
export const isIpv4Protocol = (protocol: number): Test =>
  and(isIpv4, (reader) => reader.number(reader.network + IPV4_PROTOCOL, 1) === protocol);

/** IPv6 whose own header has this number as its next header. */
export const isIpv6Next = (protocol: number): Test =>
  and(isIpv6, (reader) => reader.number(reader.network + IPV6_NEXT_HEADER, 1) === protocol);

/** IPv6 with this next header, directly or behind a fragment header. */
export const isIpv6Protocol = (protocol: number): Test =>
  and(isIpv6, (reader) => {
    const next = reader.number(reader.network + IPV6_NEXT_HEADER, 1);
    if (next !== IPV6_FRAGMENT) return next === protocol;
    return reader.number(reader.network + IPV6_HEADER_OCTETS, 1) === protocol;
  });

/** This protocol over IPv4 or IPv6. */
export const isIpProtocol = (protocol: number): Test =>
  or(isIpv4Protocol(protocol), isIpv6Protocol(protocol));

/** The test for a protocol name without more: `tcp`, `arp`. Undefined: there is no such name. */
export function protocolTest(name: string): Test | undefined {
  const type = ETHERTYPES.get(name);
  if (type !== undefined) return isEtherType(type);
  const protocol = IP_PROTOCOLS.get(name);
  if (protocol === undefined) return undefined;
  if (name === 'icmp' || name === 'igmp') return isIpv4Protocol(protocol);
  return name === 'icmp6' ? isIpv6Protocol(protocol) : isIpProtocol(protocol);
}
