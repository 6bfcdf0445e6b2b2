import { checkInteger } from './errors.ts';

/**
 * The knobs of `net.ipv4.neigh.default.*` and `net.ipv4.conf.all.*` that link has, with Linux's
 * names, units and defaults.
 */
export interface LinkSysctl {
  /**
   * How long a confirmed neighbour counts as reachable, multiplied by a random factor of 0.5 to
   * 1.5. Milliseconds, default 30,000.
   */
  readonly base_reachable_time_ms: number;
  /** A neighbour that was not used for this long may be collected. Seconds, default 60. */
  readonly gc_stale_time: number;
  /**
   * Time between two requests for the same address. Milliseconds, default 1,000 (RFC 1122 2.3.2.1:
   * at most 1 per second).
   */
  readonly retrans_time_ms: number;
  /** Broadcast requests before an unknown neighbour is given up. Default 3. */
  readonly mcast_solicit: number;
  /** Unicast requests before a known neighbour is given up. Default 3. */
  readonly ucast_solicit: number;
  /** How long a stale neighbour is used before it is asked. Seconds, default 5. */
  readonly delay_first_probe_time: number;
  /**
   * Maximum octets that wait for one unknown neighbour, counted as Linux's truesize. Default
   * 212,992.
   */
  readonly unres_qlen_bytes: number;
  /**
   * How long after a change of an entry an answer with another address is ignored. Hundredths of a
   * second, default 100.
   */
  readonly locktime: number;
  /** Below this number of neighbours none is collected. Default 128. */
  readonly gc_thresh1: number;
  /**
   * From this number of neighbours on, old ones are collected when a new one comes. Default 512.
   */
  readonly gc_thresh2: number;
  /** Maximum number of neighbours. A full table evicts others (`chooseVictims`). Default 1,024. */
  readonly gc_thresh3: number;
  /** 1: gratuitous ARP makes new entries too. Default 0: it changes existing ones only. */
  readonly arp_accept: number;
  /**
   * 1: gratuitous ARP is sent when an interface comes up. Default 1 (Linux: 0, because its daemons
   * announce).
   */
  readonly arp_notify: number;
}

export const LINK_SYSCTL_DEFAULTS: LinkSysctl = {
  base_reachable_time_ms: 30_000,
  gc_stale_time: 60,
  retrans_time_ms: 1_000,
  mcast_solicit: 3,
  ucast_solicit: 3,
  delay_first_probe_time: 5,
  unres_qlen_bytes: 212_992,
  locktime: 100,
  gc_thresh1: 128,
  gc_thresh2: 512,
  gc_thresh3: 1_024,
  arp_accept: 0,
  arp_notify: 1,
};

/** Lowest and highest value of each knob. */
export const LINK_SYSCTL_RANGES: Readonly<Record<keyof LinkSysctl, readonly [number, number]>> = {
  base_reachable_time_ms: [1, 86_400_000],
  gc_stale_time: [0, 86_400],
  retrans_time_ms: [10, 3_600_000],
  mcast_solicit: [0, 100],
  ucast_solicit: [0, 100],
  delay_first_probe_time: [0, 86_400],
  unres_qlen_bytes: [0, 0x7fffffff],
  locktime: [0, 360_000],
  gc_thresh1: [0, 0x7fffffff],
  gc_thresh2: [0, 0x7fffffff],
  gc_thresh3: [1, 0x7fffffff],
  arp_accept: [0, 1],
  arp_notify: [0, 1],
};

/** `base` with `changes` applied; each value is checked against its range. Throws LINK_RANGE. */
export function mergeSysctl(base: LinkSysctl, changes: Partial<LinkSysctl>): LinkSysctl {
  for (const [name, value] of Object.entries(changes)) {
    const range = LINK_SYSCTL_RANGES[name as keyof LinkSysctl] as
      | readonly [number, number]
      | undefined;
    // An unknown name has the empty range: nothing lies within it.
    const [minimum, maximum] = range ?? [1, 0];
    checkInteger(`sysctl ${name}`, value, minimum, maximum);
  }
  return { ...base, ...changes };
}
