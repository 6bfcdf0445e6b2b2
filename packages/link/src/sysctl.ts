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
import { checkInteger } from './errors.ts';

/** The knobs of the neighbour table as a whole (`net.ipv4.neigh.default`). */
export interface NeighbourLimits {
  /** Below this number of neighbours none is collected. Default 128. */
  readonly gc_thresh1: number;
  /**
   * From this number of neighbours on, old ones are collected when a new one comes. Default 512.
   */
  readonly gc_thresh2: number;
  /** Maximum number of neighbours. A full table evicts others (`chooseVictims`). Default 1,024. */
  readonly gc_thresh3: number;
}

const NEIGHBOUR_LIMITS: NeighbourLimits = {
  gc_thresh1: 128,
  gc_thresh2: 512,
  gc_thresh3: 1_024,
};

const LIMIT_RANGES: Readonly<Record<keyof NeighbourLimits, readonly [number, number]>> = {
  gc_thresh1: [0, 0x7fffffff],
  gc_thresh2: [0, 0x7fffffff],
  gc_thresh3: [1, 0x7fffffff],
};

/** The knobs of `net.ipv4.conf`, with Linux's names, meanings and defaults. */
export const LINK_CONF = {
  /**
   * How duplicate addresses are detected (RFC 5227 2.1), as for IPv6 in Linux. 0: not at all; an
   * address is in use at once. 1: it is tentative until `dad_transmits` probes found no other
   * station.
   */
  accept_dad: { initial: 0, least: 0, most: 1, combine: 'max' },
  /**
   * Which unsolicited ARP makes new entries: gratuitous ARP and replies that nobody asked for. 0:
   * none, they change existing entries only. 1: all. 2: those of senders in a network of the
   * interface.
   */
  arp_accept: { initial: 0, least: 0, most: 2, combine: 'max' },
  /**
   * The sender address of our requests. 0: any of ours, if the packet that waits is from it. 1: the
   * same, but of a network that the target is in too. 2: the interface's best one for the target.
   */
  arp_announce: { initial: 0, least: 0, most: 2, combine: 'max' },
  /**
   * What happens if another station uses an address of ours (RFC 5227 2.4). Linux has no such knob,
   * and does as with 0. 0: it is counted. 1: the address is given up. 2: it is defended by one
   * announcement, and given up if a second conflict comes within 10 s. 3: it is defended, at most
   * once in 10 s, and never given up.
   */
  arp_defend: { initial: 3, initialAll: 0, least: 0, most: 3, combine: 'max' },
  /**
   * 1: a request is answered only if packets to its sender leave through the interface that it came
   * in on.
   */
  arp_filter: { initial: 0, least: 0, most: 1, combine: 'or' },
  /**
   * Which requests are answered. 0: those for any address of ours. 1: those for an address of the
   * interface that they came in on. 2: those of 1 whose sender is in the network of that address.
   * 3: those for addresses of global scope; all of ours are. 8: none. 4 to 7 are as 0.
   */
  arp_ignore: { initial: 0, least: 0, most: 8, combine: 'max' },
  /**
   * 1: gratuitous ARP is sent when an interface comes up. Linux's default is 0, because its daemons
   * announce.
   */
  arp_notify: { initial: 1, initialAll: 0, least: 0, most: 1, combine: 'max' },
  /** Probes before an address is used, with `accept_dad`; 0: none. RFC 5227 1.1 has 3. */
  dad_transmits: { initial: 3, least: 0, most: 100, combine: 'interface' },
  /** 1: gratuitous ARP is dropped. */
  drop_gratuitous_arp: { initial: 0, least: 0, most: 1, combine: 'or' },
  /**
   * 1: an interface that forwards answers requests for addresses that are reached through another
   * interface (RFC 1027).
   */
  proxy_arp: { initial: 0, least: 0, most: 1, combine: 'or' },
  /** 1: as proxy_arp, for addresses that are reached through the same interface (RFC 3069). */
  proxy_arp_pvlan: { initial: 0, least: 0, most: 1, combine: 'or' },
} as const satisfies Readonly<Record<string, InterfaceKnob>>;

/** The knobs of `net.ipv4.neigh` that each interface has, with Linux's names and defaults. */
export const LINK_NEIGH = {
  /**
   * How long a confirmed neighbour counts as reachable, multiplied by a random factor of 0.5 to
   * 1.5. Milliseconds.
   */
  base_reachable_time_ms: own(30_000, 1, 86_400_000),
  /** How long a stale neighbour is used before it is asked. Seconds. */
  delay_first_probe_time: own(5, 0, 86_400),
  /** A neighbour that was not used for this long may be collected. Seconds. */
  gc_stale_time: own(60, 0, 86_400),
  /**
   * How long after a change of an entry an answer with another address is ignored. Hundredths of a
   * second.
   */
  locktime: own(100, 0, 360_000),
  /** Broadcast requests before an unknown neighbour is given up. */
  mcast_solicit: own(3, 0, 100),
  /**
   * How long an answer as a proxy waits at most, at random. Hundredths of a second. A request that
   * was sent to us alone is answered at once.
   */
  proxy_delay: own(80, 0, 360_000),
  /** Maximum answers as a proxy that wait on an interface. */
  proxy_qlen: own(64, 0, 65_536),
  /**
   * Time between two requests for the same address. Milliseconds (RFC 1122 2.3.2.1: at most 1 per
   * second).
   */
  retrans_time_ms: own(1_000, 10, 3_600_000),
  /** Unicast requests before a known neighbour is given up. */
  ucast_solicit: own(3, 0, 100),
  /** Maximum octets that wait for one unknown neighbour, counted as Linux's truesize. */
  unres_qlen_bytes: own(212_992, 0, 0x7fffffff),
} as const satisfies Readonly<Record<string, InterfaceKnob>>;

function own(initial: number, least: number, most: number): InterfaceKnob {
  return { initial, least, most, combine: 'interface' };
}

export type LinkConfKey = keyof typeof LINK_CONF;
export type LinkNeighKey = keyof typeof LINK_NEIGH;
/** The values of `net.ipv4.conf` in force on an interface. */
export type LinkConf = KnobValues<LinkConfKey>;
/** The values of `net.ipv4.neigh` in force on an interface. */
export type LinkNeigh = KnobValues<LinkNeighKey>;

/**
 * All knobs by name: `gc_thresh1`, `conf.all.arp_accept`, `neigh.eth0.locktime` and so on (Linux's
 * names without `net.ipv4.` or `net.ipv4.neigh.default.`).
 */
export type LinkSysctl = NeighbourLimits &
  Readonly<Record<InterfaceKnobName<'conf', LinkConfKey>, number>> &
  Readonly<Record<InterfaceKnobName<'neigh', LinkNeighKey>, number>>;

/** The knobs of a core. */
export interface LinkKnobs {
  limits: NeighbourLimits;
  readonly conf: InterfaceKnobs<'conf', LinkConfKey>;
  readonly neigh: InterfaceKnobs<'neigh', LinkNeighKey>;
}

/** Linux's defaults, without interfaces. */
export function createLinkKnobs(): LinkKnobs {
  return {
    limits: NEIGHBOUR_LIMITS,
    conf: createInterfaceKnobs('conf', LINK_CONF),
    neigh: createInterfaceKnobs('neigh', LINK_NEIGH),
  };
}

export function listLinkKnobs({ limits, conf, neigh }: LinkKnobs): LinkSysctl {
  return { ...limits, ...listInterfaceKnobs(conf), ...listInterfaceKnobs(neigh) };
}

/** Makes all the changes, or none if one is refused. Throws LINK_RANGE. */
export function changeLinkKnobs(knobs: LinkKnobs, changes: Partial<LinkSysctl>): void {
  const entries = Object.entries(changes) as [string, number][];
  for (const [name, value] of entries) checkKnob(knobs, name, value);
  for (const [name, value] of entries) {
    if (Object.hasOwn(LIMIT_RANGES, name)) knobs.limits = { ...knobs.limits, [name]: value };
    else if (name.startsWith('conf.')) changeInterfaceKnob(knobs.conf, name, value);
    else changeInterfaceKnob(knobs.neigh, name, value);
  }
}

/** Takes over the values of another core; those of interfaces that are not here are left out. */
export function restoreLinkKnobs(knobs: LinkKnobs, taken: LinkSysctl): void {
  const own = listLinkKnobs(knobs);
  const known = Object.entries(taken).filter(([name]) => Object.hasOwn(own, name));
  changeLinkKnobs(knobs, Object.fromEntries(known));
}

function checkKnob({ conf, neigh }: LinkKnobs, name: string, value: number): void {
  const limit = Object.hasOwn(LIMIT_RANGES, name)
    ? LIMIT_RANGES[name as keyof NeighbourLimits]
    : undefined;
  const fault = interfaceKnobFault(name.startsWith('conf.') ? conf : neigh, name, value);
  if (fault === undefined) return;
  // An unknown name has the empty range: nothing lies within it.
  const [least, most] = limit ?? (fault === 'unknown' ? [1, 0] : [fault.least, fault.most]);
  checkInteger(`sysctl ${name}`, value, least, most);
}
