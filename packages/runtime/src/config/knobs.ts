/**
 * The knobs (sysctls) of all layers under their Linux names. Control, the config and docs/sysctl.md
 * use this table.
 */
import { LINK_SYSCTL_DEFAULTS } from '@strata/link';
import { defaultNetworkSysctl } from '@strata/network';
import { type Knob as CoreKnob, type KnobValue, TRANSPORT_KNOBS } from '@strata/transport';

export type SysctlLayer = 'link' | 'network' | 'transport';

/** A knob under its full name. */
export interface Knob extends Omit<CoreKnob, 'prefix'> {
  readonly name: string;
  /** Layers that use it. */
  readonly layers: readonly SysctlLayer[];
  /** How many numbers its value has; 0: the value is a name. */
  readonly count: number;
}

const INT_MAX = 0x7fffffff;

const DEFAULTS: Readonly<Record<string, KnobValue>> = {
  ...LINK_SYSCTL_DEFAULTS,
  ...defaultNetworkSysctl(),
  netdev_max_backlog: 16_384,
};

/**
 * A knob of link or network with one number. A change takes effect at once unless the row says
 * otherwise.
 */
function own(
  layer: SysctlLayer,
  name: string,
  range: readonly [least: number, most: number],
  unit: string,
  meaning: string,
): Knob {
  const [least, most] = range;
  const initial = DEFAULTS[sysctlKey(name)]!;
  const more = { count: 1, rising: false, effect: 'at once' } as const;
  return { name, layers: [layer], initial, least, most, unit, meaning, ...more };
}

// biome-ignore format: a table reads best with one row a line
const LINK_KNOBS: readonly Knob[] = [
  { ...own('link', 'net.core.netdev_max_backlog', [1, 1_000_000], 'frames', 'Most frames in the queue to link; newer frames are dropped. Linux has 1000. A queue here that has not been empty for a second also holds at most 1000.'), effect: 'at start' },
  own('link', 'net.ipv4.conf.all.arp_accept', [0, 1], '', '1: gratuitous ARP also creates new entries.'),
  own('link', 'net.ipv4.conf.all.arp_notify', [0, 1], '', '1: gratuitous ARP is sent when an interface comes up. Linux has 0, because its daemons announce the address.'),
  own('link', 'net.ipv4.neigh.default.base_reachable_time_ms', [1, 86_400_000], 'ms', 'How long a confirmed neighbour counts as reachable, times a random factor of 0.5 to 1.5.'),
  own('link', 'net.ipv4.neigh.default.delay_first_probe_time', [0, 86_400], 's', 'How long a stale neighbour is used before it is probed.'),
  own('link', 'net.ipv4.neigh.default.gc_stale_time', [0, 86_400], 's', 'A neighbour that is unused for this time may be collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh1', [0, INT_MAX], 'neighbours', 'Below this number no neighbour is collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh2', [0, INT_MAX], 'neighbours', 'Above this number old neighbours are collected when a new one is added.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh3', [1, INT_MAX], 'neighbours', 'Most neighbours. If the table is full, neighbours that have only sent to us are removed first, then those that do not answer.'),
  own('link', 'net.ipv4.neigh.default.locktime', [0, 360_000], '1/100 s', 'How long an ARP answer with another MAC address is ignored after the first one.'),
  own('link', 'net.ipv4.neigh.default.mcast_solicit', [0, 100], 'requests', 'Broadcast requests before resolution of an unknown neighbour fails.'),
  own('link', 'net.ipv4.neigh.default.retrans_time_ms', [10, 3_600_000], 'ms', 'Time between two requests for one address.'),
  own('link', 'net.ipv4.neigh.default.ucast_solicit', [0, 100], 'requests', 'Unicast probes before a known neighbour counts as failed.'),
  own('link', 'net.ipv4.neigh.default.unres_qlen_bytes', [0, INT_MAX], 'octets', 'Most octets that wait for one unresolved neighbour.'),
];

// biome-ignore format: a table reads best with one row a line
const NETWORK_KNOBS: readonly Knob[] = [
  own('network', 'net.ipv4.conf.all.accept_redirects', [0, 1], '', '1: a redirect from the gateway in use is obeyed (RFC 1122 3.2.2.2).'),
  own('network', 'net.ipv4.conf.all.drop_unicast_in_l2_multicast', [0, 1], '', '1: a packet to one of our unicast addresses is dropped if its frame was sent to a group address (RFC 1122 3.3.6).'),
  own('network', 'net.ipv4.icmp_echo_ignore_all', [0, 1], '', '1: no ICMP echo request is answered.'),
  own('network', 'net.ipv4.icmp_echo_ignore_broadcasts', [0, 1], '', '1: no ICMP echo request to a broadcast or group address is answered.'),
  own('network', 'net.ipv4.icmp_msgs_burst', [0, INT_MAX], 'messages', 'ICMP messages of the limited types in one burst.'),
  own('network', 'net.ipv4.icmp_msgs_per_sec', [0, INT_MAX], 'messages/s', 'ICMP messages of the limited types, to all destinations together.'),
  own('network', 'net.ipv4.icmp_ratelimit', [0, INT_MAX], 'ms', 'Least time between two ICMP messages to one destination. 0: no limit.'),
  own('network', 'net.ipv4.icmp_ratemask', [0, 0xffffffff], 'bits', 'If bit n is set, ICMP type n is limited.'),
  // The range becomes 0 to 1 when forwarding is implemented.
  own('network', 'net.ipv4.ip_forward', [0, 0], '', '1: act as a router. Only 0 is allowed: forwarding is not implemented yet.'),
  own('network', 'net.ipv4.ipfrag_high_thresh', [0, Number.MAX_SAFE_INTEGER], 'octets', 'Most octets of fragments that wait for reassembly. 0: no reassembly.'),
  own('network', 'net.ipv4.ipfrag_max_dist', [0, INT_MAX], 'datagrams', 'Most datagrams from one source between two fragments of one datagram. 0: no limit.'),
  own('network', 'net.ipv4.ipfrag_time', [1, 2_147_483], 's', 'How long fragments wait for the rest of their datagram.'),
];

/** Transport's rows. A knob that network has too belongs to both layers. */
const TRANSPORT_ROWS: readonly Knob[] = Object.entries(TRANSPORT_KNOBS).map(
  ([key, { prefix, ...knob }]) => ({
    ...knob,
    name: prefix + key,
    layers: key in DEFAULTS ? ['network', 'transport'] : ['transport'],
    count: typeof knob.initial === 'string' ? 0 : [knob.initial].flat().length,
  }),
);

/** All knobs, by name. */
export const KNOBS: readonly Knob[] = [...LINK_KNOBS, ...NETWORK_KNOBS, ...TRANSPORT_ROWS].sort(
  (a, b) => (a.name < b.name ? -1 : 1),
);

/** The name of a knob in a layer's core: the part after the last dot. */
export function sysctlKey(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
