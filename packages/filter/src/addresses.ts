import { and, isArp, isIpv4, isRarp, or, type Test } from './test.ts';

/**
 * Which of the source and destination fields a test compares. Without a keyword it is `src or dst`.
 */
export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst';

/** Joins the tests of a source and a destination field. */
export function both(direction: Direction, source: Test, destination: Test): Test {
  switch (direction) {
    case 'src':
      return source;
    case 'dst':
      return destination;
    case 'src or dst':
      return or(source, destination);
    case 'src and dst':
      return and(source, destination);
  }
}

/** Where IPv4 and ARP headers have their two addresses, in octets from the header's start. */
const IPV4_ADDRESSES = [12, 16] as const;
const ARP_ADDRESSES = [14, 24] as const;
const MAC_ADDRESSES = [6, 0] as const;

/** The protocol whose addresses are compared. Undefined: any of them. */
export type AddressProtocol = 'ip' | 'arp' | 'rarp' | undefined;

/** `host` and `net`: an IPv4 address under a mask, in IP, ARP and RARP headers. */
export function hasAddress(
  protocol: AddressProtocol,
  direction: Direction,
  address: number,
  mask: number,
): Test {
  const field = (offset: number): Test => {
    const wanted = (address & mask) >>> 0;
    return (reader) => (reader.number(reader.network + offset, 4) & mask) >>> 0 === wanted;
  };
  const at = ([source, destination]: readonly [number, number]) =>
    both(direction, field(source), field(destination));
  const tests = {
    ip: and(isIpv4, at(IPV4_ADDRESSES)),
    arp: and(isArp, at(ARP_ADDRESSES)),
    rarp: and(isRarp, at(ARP_ADDRESSES)),
  };
  return protocol === undefined ? or(tests.ip, or(tests.arp, tests.rarp)) : tests[protocol];
}

/** `ether host`: a MAC address, 48 bits. */
export function hasMac(direction: Direction, mac: number): Test {
  const high = Math.floor(mac / 2 ** 32);
  const low = mac % 2 ** 32;
  const field =
    (offset: number): Test =>
    (reader) =>
      reader.number(offset, 2) === high && reader.number(offset + 2, 4) === low;
  const [source, destination] = MAC_ADDRESSES;
  return both(direction, field(source), field(destination));
}

/** `ether multicast`: the destination has the group bit. Broadcast frames match too. */
export const isEtherMulticast: Test = (reader) => (reader.number(0, 1) & 1) !== 0;

/** `ip multicast`: the destination is 224.0.0.0 or above. */
export const isIpMulticast: Test = and(
  isIpv4,
  (reader) => reader.number(reader.network + 16, 1) >= 224,
);
