import { NetworkError } from './errors.ts';

/**
 * Network's sysctls, with Linux's names (without `net.ipv4.`), defaults, units and meanings. All
 * may be changed while the core runs. A change takes effect at once.
 */
export interface NetworkSysctl {
  /** TTL of packets whose sender sets none, 1 to 255. Default 64. */
  ip_default_ttl: number;
  /** 1: be a router. Default 0; 1 is refused, since this core does not forward. */
  ip_forward: number;
  /**
   * Path MTU discovery (RFC 1191). 0, the default: on. 1: off, and a report lowers the path MTU to
   * `min_pmtu`. 2: off, and reports are ignored. Off means that DF is never set.
   */
  ip_no_pmtu_disc: number;
  /**
   * Smallest path MTU that is believed, in octets, 68 to 65,535. Default 552. If a smaller one is
   * reported, packets are fragmented instead.
   */
  min_pmtu: number;
  /** Seconds for which a path MTU is kept. Default 600. */
  mtu_expires: number;
  /** Seconds for which fragments wait for the rest of their datagram. Default 30. */
  ipfrag_time: number;
  /**
   * Octets that waiting fragments may take, bookkeeping included. Default 4,194,304. 0: no
   * reassembly.
   */
  ipfrag_high_thresh: number;
  /**
   * Fragments that may come from a source between two fragments of one datagram. If more came, the
   * older fragment counts as left over from an earlier datagram with the same identification.
   * Default 64. 0: no limit.
   */
  ipfrag_max_dist: number;
  /**
   * Milliseconds between two ICMP messages to one destination, for the types in `icmp_ratemask`.
   * Default 1,000. 0: no limit.
   */
  icmp_ratelimit: number;
  /** Bit n: ICMP type n is limited. Default 6168: 3, 4, 11 and 12. */
  icmp_ratemask: number;
  /** ICMP messages of the limited types per second, to all destinations together. Default 1,000. */
  icmp_msgs_per_sec: number;
  /** How many of them may be sent in one burst. Default 50. */
  icmp_msgs_burst: number;
  /** 1: no echo request is answered. Default 0. */
  icmp_echo_ignore_all: number;
  /** 1: no echo request to a broadcast or multicast address is answered. Default 1. */
  icmp_echo_ignore_broadcasts: number;
  /**
   * 1: redirects from the gateway in use are followed (RFC 1122 3.2.2.2). Default 1, as for any
   * host.
   */
  accept_redirects: number;
  /**
   * 1: a packet to one of our addresses is dropped if it came in a broadcast or multicast frame
   * (RFC 1122 3.3.6). Default 0.
   */
  drop_unicast_in_l2_multicast: number;
}

const LIMITS: Readonly<Record<keyof NetworkSysctl, readonly [number, number, number]>> = {
  // default, least, largest
  ip_default_ttl: [64, 1, 255],
  ip_forward: [0, 0, 1],
  ip_no_pmtu_disc: [0, 0, 2],
  min_pmtu: [552, 68, 65535],
  mtu_expires: [600, 1, 2147483],
  ipfrag_time: [30, 1, 2147483],
  ipfrag_high_thresh: [4194304, 0, Number.MAX_SAFE_INTEGER],
  ipfrag_max_dist: [64, 0, 2147483647],
  icmp_ratelimit: [1000, 0, 2147483647],
  icmp_ratemask: [6168, 0, 4294967295],
  icmp_msgs_per_sec: [1000, 0, 2147483647],
  icmp_msgs_burst: [50, 0, 2147483647],
  icmp_echo_ignore_all: [0, 0, 1],
  icmp_echo_ignore_broadcasts: [1, 0, 1],
  accept_redirects: [1, 0, 1],
  drop_unicast_in_l2_multicast: [0, 0, 1],
};

/** Linux's defaults. */
export function defaultNetworkSysctl(): NetworkSysctl {
  const entries = Object.entries(LIMITS).map(([name, limits]) => [name, limits[0]]);
  return Object.fromEntries(entries) as NetworkSysctl;
}

/** Whether it is the name of one of network's sysctls. */
function isNetworkSysctlName(name: string): name is keyof NetworkSysctl {
  return Object.hasOwn(LIMITS, name);
}

/**
 * Writes all the changes into `sysctl`, or none if one is refused. Throws NetworkError:
 * NETWORK_BAD_SYSCTL for an unknown name or a value out of range, NETWORK_UNSUPPORTED for
 * `ip_forward` 1.
 */
export function changeSysctl(sysctl: NetworkSysctl, changes: Partial<NetworkSysctl>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) checkSysctl(name, value);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) sysctl[name as keyof NetworkSysctl] = value;
  }
}

function checkSysctl(name: string, value: number): void {
  if (!isNetworkSysctlName(name)) {
    throw new NetworkError('NETWORK_BAD_SYSCTL', `net.ipv4.${name}: there is no such sysctl`);
  }
  const [, least, largest] = LIMITS[name];
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw new NetworkError(
      'NETWORK_BAD_SYSCTL',
      `net.ipv4.${name} = ${value}: must be a whole number from ${least} to ${largest}`,
    );
  }
  if (name === 'ip_forward' && value === 1) {
    throw new NetworkError(
      'NETWORK_UNSUPPORTED',
      'net.ipv4.ip_forward = 1: this network layer is a host; it does not forward yet',
    );
  }
}
