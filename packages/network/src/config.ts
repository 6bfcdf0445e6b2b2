import type { IpAddress } from '@strata/wire';
import type { NatConfig } from './nat/nat-config.ts';
import type { NetworkKnobs } from './sysctl.ts';

/** One of an interface's own addresses, and its subnet. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  /** Bits, 0 to 32. At 31 and 32 the subnet has no broadcast address (RFC 3021). */
  readonly prefixLength: number;
}

/** An interface as the network layer sees it. */
export interface InterfaceConfig {
  /** From 1; unique. 0 is loopback, which always exists. */
  readonly index: number;
  /** Unique; `lo` is loopback's. */
  readonly name: string;
  /**
   * The MTU: octets of the largest packet that the link carries, 68 to 65,535 (RFC 791: every link
   * carries 68).
   */
  readonly mtu: number;
  /** The first one is the primary address. */
  readonly addresses: readonly InterfaceAddress[];
  /** Down: nothing is sent on it, and no route uses it. Default true. */
  readonly isUp?: boolean | undefined;
  /**
   * Lowers the MSS of each SYN and SYN,ACK that is forwarded from or to this interface, as
   * iptables's TCPMSS does. Default: the MSS stays.
   */
  readonly clampMss?: ClampMss | undefined;
}

/**
 * What an MSS is lowered to: `path mtu`: what fits into the MTUs of both interfaces
 * (`--clamp-mss-to-pmtu`); a number: so many octets, 88 to 65,495 (`--set-mss`).
 */
export type ClampMss = 'path mtu' | number;

/**
 * What a route does with a packet. `unicast` sends it. `blackhole` drops it silently. `unreachable`
 * drops it and reports host unreachable. `prohibit` drops it and reports administratively
 * prohibited. `throw` ends the lookup as if there were no route.
 */
export type RouteKind = 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';

/** Who made a route: rtnetlink's numbers (rtm_protocol). */
export const ROUTE_PROTOCOL = { redirect: 1, kernel: 2, boot: 3, static: 4 } as const;

/** One of several ways of a route. */
export interface NexthopConfig {
  /** The gateway. Absent: the destination is on the link itself. */
  readonly via?: IpAddress | undefined;
  /** The interface to send on. Absent: the one whose subnet holds the gateway. */
  readonly interfaceIndex?: number | undefined;
  /** Its share of the flows, 1 to 256. Default 1. */
  readonly weight?: number | undefined;
}

/** A route as a user gives it. */
export interface RouteConfig {
  /** Network address. The bits behind the prefix must be zero. */
  readonly destination: IpAddress;
  /** Bits, 0 (the default route) to 32. */
  readonly prefixLength: number;
  /** The gateway. Absent: the destination is on the link itself. */
  readonly via?: IpAddress | undefined;
  /** The interface to send on. Absent: the one whose subnet holds the gateway. */
  readonly interfaceIndex?: number | undefined;
  /**
   * Several ways, in place of `via` and `interfaceIndex`: each flow takes one of them
   * (`fib_multipath_hash_policy`). Default: one way.
   */
  readonly nexthops?: readonly NexthopConfig[] | undefined;
  /** Among routes to one prefix the smallest metric wins. 0 to 2^32 - 1, default 0. */
  readonly metric?: number | undefined;
  /** Default `unicast`. */
  readonly kind?: RouteKind | undefined;
  /** The source address for packets whose sender chose none. Default: RFC 1122 3.3.4.3 decides. */
  readonly source?: IpAddress | undefined;
  /** Who made it, 0 to 255: one of {@link ROUTE_PROTOCOL} or a daemon's number. Default boot. */
  readonly protocol?: number | undefined;
  /** Octets of the largest packet on this route. Default, and most: the interface's MTU. */
  readonly mtu?: number | undefined;
}

/**
 * The start configuration of a network core. The core derives connected routes and local and
 * broadcast addresses from the interfaces.
 */
export interface NetworkConfig {
  readonly interfaces: readonly InterfaceConfig[];
  readonly routes: readonly RouteConfig[];
  /**
   * Absent fields take Linux's defaults. `conf.default` counts for each interface that the config
   * does not name.
   */
  readonly sysctl?: Partial<NetworkKnobs> | undefined;
  /**
   * The time of day, in milliseconds since 1970, when the clock of `nowMs` reads 0. The timestamp
   * option needs it (RFC 791 3.1). It must be right to within a few minutes (RFC 1122 3.2.2.8).
   * Absent: the time of day is unknown, and the option says so.
   */
  readonly unixTimeAtZeroMs?: number | undefined;
  /** Address translation. Absent: none. */
  readonly nat?: NatConfig | undefined;
}
