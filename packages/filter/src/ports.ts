import { both, type Direction } from './addresses.ts';
import type { Reader } from './capture.ts';
import { IP_PROTOCOLS } from './names.ts';
import { and, isIpv4, isIpv4Protocol, isIpv6Next, or, type Test } from './test.ts';

const IPV6_HEADER_OCTETS = 40;

/** Protocols whose header begins with four octets of ports. */
export const WITH_PORTS = ['tcp', 'udp', 'sctp'] as const;

export type PortProtocol = (typeof WITH_PORTS)[number];

export function isPortProtocol(name: string): name is PortProtocol {
  return WITH_PORTS.some((known) => known === name);
}

/** `port` and `portrange`: a port from `least` to `most`, of one of these protocols. */
export function hasPort(
  protocols: readonly PortProtocol[],
  direction: Direction,
  least: number,
  most: number,
): Test {
  const numbers = protocols.map((name) => IP_PROTOCOLS.get(name)!);
  const isAny = (of: (number: number) => Test) => numbers.map(of).reduce(or);
  const at = (base: (reader: Reader) => number): Test => {
    const port =
      (offset: number): Test =>
      (reader) => {
        const value = reader.number(base(reader) + offset, 2);
        return value >= least && value <= most;
      };
    return both(direction, port(0), port(2));
  };
  const first: Test = (reader) => !reader.isLaterFragment();
  const overIpv4 = and(
    and(isIpv4, isAny(isIpv4Protocol)),
    and(
      first,
      at((reader) => reader.ipv4Payload()),
    ),
  );
  const overIpv6 = and(
    isAny(isIpv6Next),
    at((reader) => reader.network + IPV6_HEADER_OCTETS),
  );
  return or(overIpv6, overIpv4);
}
