import {
  changeInterfaceKnob,
  createInterfaceKnobs,
  type InterfaceKnob,
  type InterfaceKnobName,
  type InterfaceKnobs,
  interfaceKnobFault,
  type KnobValues,
  listInterfaceKnobs,
} from '@strata/wire';
import { NetworkError } from './errors.ts';

/** The knobs of `net.ipv4.conf` that network has, with Linux's names, meanings and defaults. */
export const NETWORK_CONF = {
  /**
   * 1: redirects from the gateway in use are followed (RFC 1122 3.2.2.2). A host ignores them only
   * if both `all` and the interface have 0.
   */
  accept_redirects: { initial: 1, least: 0, most: 1, combine: 'router' },
  /**
   * 1: a packet to one of our addresses is dropped if it came in a broadcast or multicast frame
   * (RFC 1122 3.3.6).
   */
  drop_unicast_in_l2_multicast: { initial: 0, least: 0, most: 1, combine: 'or' },
  /** 1: a packet may have one of our own addresses as its source. */
  accept_local: { initial: 0, least: 0, most: 1, combine: 'or' },
  /** 1: source routes are obeyed (RFC 1812 5.3.13.4, RFC 7126 4.3). `all` has 0. */
  accept_source_route: { initial: 1, initialAll: 0, least: 0, most: 1, combine: 'and' },
  /** 1: broadcasts to another interface's subnet are forwarded (RFC 1812 5.3.5.2, RFC 2644). */
  bc_forwarding: { initial: 0, least: 0, most: 1, combine: 'and' },
  /** 1: be a router for packets that come in here: forward those for other hosts (RFC 1812). */
  forwarding: { initial: 0, least: 0, most: 1, combine: 'interface', spreads: true },
  /** 1: packets with impossible addresses are told by `pollMartian`. */
  log_martians: { initial: 0, least: 0, most: 1, combine: 'or' },
  /** 1: 127.0.0.0/8 may come from a link, and go out on it. */
  route_localnet: { initial: 0, least: 0, most: 1, combine: 'or' },
  /**
   * The check of sources by the routes (RFC 3704). 0: none. 1, strict: the route to the source must
   * go out on the interface that the packet came in on. 2, loose: there must be a route.
   */
  rp_filter: { initial: 0, least: 0, most: 2, combine: 'max' },
  /** 1: with `shared_media` 0, only redirects to gateways of a default route are followed. */
  secure_redirects: { initial: 1, least: 0, most: 1, combine: 'or' },
  /** 1: a router sends redirects (RFC 1812 5.2.7.2). */
  send_redirects: { initial: 1, least: 0, most: 1, combine: 'or' },
  /**
   * 1: redirects may lead from one subnet of the link to another (RFC 1620): they are sent to
   * senders outside the gateway's subnet too, and followed to such gateways.
   */
  shared_media: { initial: 1, least: 0, most: 1, combine: 'or' },
  /** The version of IGMP to speak, 1 to 3. 0: the querier's. */
  force_igmp_version: { initial: 0, least: 0, most: 3, combine: 'max' },
  /** Most milliseconds between two reports of a new member (RFC 2236 8.10). */
  igmpv2_unsolicited_report_interval: {
    initial: 10_000,
    least: 1,
    most: 600_000,
    combine: 'interface',
  },
  /** Most milliseconds between two reports of a change (RFC 3376 8.11). */
  igmpv3_unsolicited_report_interval: {
    initial: 1_000,
    least: 1,
    most: 600_000,
    combine: 'interface',
  },
} as const satisfies Readonly<Record<string, InterfaceKnob>>;

export type NetworkConfKey = keyof typeof NETWORK_CONF;
/** The values of `net.ipv4.conf` in force on an interface. */
export type NetworkConf = KnobValues<NetworkConfKey>;
export type NetworkConfKnobs = InterfaceKnobs<'conf', NetworkConfKey>;

/**
 * All knobs by name: `ip_default_ttl`, `conf.all.accept_redirects` and so on (Linux's names without
 * `net.ipv4.`).
 */
export type NetworkKnobs = NetworkSysctl &
  Record<InterfaceKnobName<'conf', NetworkConfKey>, number> & {
    /** Another name of `conf.all.forwarding`. */
    ip_forward: number;
  };

/** The knob that `ip_forward` is another name of. */
const ALL_FORWARDING = 'conf.all.forwarding';

/** The knobs of each interface, without interfaces. */
export function createNetworkConf(): NetworkConfKnobs {
  return createInterfaceKnobs('conf', NETWORK_CONF);
}

export function listNetworkKnobs(sysctl: NetworkSysctl, conf: NetworkConfKnobs): NetworkKnobs {
  return { ...sysctl, ip_forward: conf.all.forwarding, ...listInterfaceKnobs(conf) };
}

/**
 * Network's sysctls, with Linux's names (without `net.ipv4.`), defaults, units and meanings. All
 * may be changed while the core runs. A change takes effect at once.
 */
export interface NetworkSysctl {
  /** TTL of packets whose sender sets none, 1 to 255. Default 64. */
  ip_default_ttl: number;
  /**
   * 1: a path MTU that was reported to us also holds for packets that we forward. Default 0, since
   * anybody can send such a report.
   */
  ip_forward_use_pmtu: number;
  /**
   * By what the flows are told apart that a route with several ways spreads. 0, the default: by
   * their addresses. 1: by addresses, protocol and ports.
   */
  fib_multipath_hash_policy: number;
  /**
   * Path MTU discovery (RFC 1191). 0, the default: on. 1: off, and a report lowers the path MTU to
   * `min_pmtu`. 2: off, and reports are ignored. 3: on for protocols that verify a report, which
   * means TCP. Off means that a packet has DF only if its sender asks for it.
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
  /**
   * 1: an ICMP error about a packet for another host has an address of the interface that the
   * packet came in on. Default 0: of the interface that the error goes out on (RFC 1812 4.3.2.4).
   */
  icmp_errors_use_inbound_ifaddr: number;
  /** Redirects that a sender gets before the router falls silent towards it. Default 9. */
  redirect_number: number;
  /** Milliseconds from the first redirect to the second; then the time doubles. Default 20. */
  redirect_load: number;
  /**
   * Milliseconds without a reason for a redirect after which the count begins anew. Default 20,480.
   */
  redirect_silence: number;
  /**
   * Milliseconds of credit that a destination unreachable for want of a route costs. Default 1,000.
   */
  error_cost: number;
  /** The most credit that a sender of such packets has, in milliseconds. Default 5,000. */
  error_burst: number;
  /** 1: no echo request is answered. Default 0. */
  icmp_echo_ignore_all: number;
  /** 1: no echo request to a broadcast or multicast address is answered. Default 1. */
  icmp_echo_ignore_broadcasts: number;
  /** 1, the default: groups of the link itself (224.0.0.0/24) are reported too. */
  igmp_link_local_mcast_reports: number;
  /** How often IGMP reports a change, until a querier says otherwise (RFC 3376 8.1). Default 2. */
  igmp_qrv: number;
}

const LIMITS: Readonly<Record<keyof NetworkSysctl, readonly [number, number, number]>> = {
  // default, least, largest
  ip_default_ttl: [64, 1, 255],
  ip_forward_use_pmtu: [0, 0, 1],
  fib_multipath_hash_policy: [0, 0, 1],
  ip_no_pmtu_disc: [0, 0, 3],
  min_pmtu: [552, 68, 65535],
  mtu_expires: [600, 1, 2147483],
  ipfrag_time: [30, 1, 2147483],
  ipfrag_high_thresh: [4194304, 0, Number.MAX_SAFE_INTEGER],
  ipfrag_max_dist: [64, 0, 2147483647],
  icmp_ratelimit: [1000, 0, 2147483647],
  icmp_ratemask: [6168, 0, 4294967295],
  icmp_msgs_per_sec: [1000, 0, 2147483647],
  icmp_msgs_burst: [50, 0, 2147483647],
  icmp_errors_use_inbound_ifaddr: [0, 0, 1],
  redirect_number: [9, 0, 30],
  redirect_load: [20, 0, 2147483647],
  redirect_silence: [20480, 0, 2147483647],
  error_cost: [1000, 0, 2147483647],
  error_burst: [5000, 0, 2147483647],
  icmp_echo_ignore_all: [0, 0, 1],
  icmp_echo_ignore_broadcasts: [1, 0, 1],
  igmp_link_local_mcast_reports: [1, 0, 1],
  igmp_qrv: [2, 1, 7],
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
 * Makes all the changes, or none if one is refused. Throws NetworkError: NETWORK_BAD_SYSCTL for an
 * unknown name or a value out of range.
 */
export function changeSysctl(
  sysctl: NetworkSysctl,
  conf: NetworkConfKnobs,
  changes: Partial<NetworkKnobs>,
): void {
  const entries = (Object.entries(changes) as [string, number][])
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name === 'ip_forward' ? ALL_FORWARDING : name, value] as const);
  for (const [name, value] of entries) checkSysctl(conf, name, value);
  for (const [name, value] of entries) {
    if (isNetworkSysctlName(name)) sysctl[name] = value;
    else changeConf(conf, name, value);
  }
}

function changeConf(conf: NetworkConfKnobs, name: string, value: number): void {
  if (name === ALL_FORWARDING && value !== conf.all.forwarding) {
    // A router does not take redirects (RFC 1812 5.2.7.2; Linux's inet_forward_change()).
    changeInterfaceKnob(conf, 'conf.all.accept_redirects', 1 - value);
  }
  changeInterfaceKnob(conf, name, value);
}

function checkSysctl(conf: NetworkConfKnobs, name: string, value: number): void {
  if (!isNetworkSysctlName(name)) {
    const fault = interfaceKnobFault(conf, name, value);
    if (fault === undefined) return;
    if (fault !== 'unknown') throw outOfRange(name, value, fault.least, fault.most);
    throw new NetworkError('NETWORK_BAD_SYSCTL', `net.ipv4.${name}: there is no such sysctl`);
  }
  const [, least, most] = LIMITS[name];
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(name, value, least, most);
  }
}

function outOfRange(name: string, value: number, least: number, most: number): NetworkError {
  return new NetworkError(
    'NETWORK_BAD_SYSCTL',
    `net.ipv4.${name} = ${value}: must be a whole number from ${least} to ${most}`,
  );
}
