/** The knobs of all layers under their Linux names: what control, the config and docs/sysctl.md know of them. */
import { LINK_SYSCTL_DEFAULTS } from '@strata/link';
import { defaultNetworkSysctl } from '@strata/network';
import { type Knob as CoreKnob, type KnobValue, TRANSPORT_KNOBS } from '@strata/transport';

export type SysctlLayer = 'link' | 'network' | 'transport';

/** A knob under its full name. */
export interface Knob extends Omit<CoreKnob, 'prefix'> {
  readonly name: string;
  /** Layers that use it. */
  readonly layers: readonly SysctlLayer[];
  /** How many numbers it is; 0: a name. */
  readonly count: number;
}

const INT_MAX = 0x7fffffff;

const DEFAULTS: Readonly<Record<string, KnobValue>> = {
  ...LINK_SYSCTL_DEFAULTS,
  ...defaultNetworkSysctl(),
  netdev_max_backlog: 16_384,
};

/** A knob of one number of link's or network's; what they have counts at once unless its row says otherwise. */
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
  { ...own('link', 'net.core.netdev_max_backlog', [1, 1_000_000], 'frames', 'Frames that wait for link at most; newer ones are dropped. Linux has 1000, and so has a queue here that has not been empty for a second.'), effect: 'at start' },
  own('link', 'net.ipv4.conf.all.arp_accept', [0, 1], '', '1: gratuitous ARP makes new entries too.'),
  own('link', 'net.ipv4.conf.all.arp_notify', [0, 1], '', '1: gratuitous ARP is sent when an interface comes up. Linux has 0, since its daemons announce.'),
  own('link', 'net.ipv4.neigh.default.base_reachable_time_ms', [1, 86_400_000], 'ms', 'How long a confirmed neighbour counts as reachable, times 0.5 to 1.5 at random.'),
  own('link', 'net.ipv4.neigh.default.delay_first_probe_time', [0, 86_400], 's', 'How long a stale neighbour is used before it is asked.'),
  own('link', 'net.ipv4.neigh.default.gc_stale_time', [0, 86_400], 's', 'A neighbour unused for so long may be collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh1', [0, INT_MAX], 'neighbours', 'Below it none is collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh2', [0, INT_MAX], 'neighbours', 'Above it old ones are collected when a new one comes.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh3', [1, INT_MAX], 'neighbours', 'Neighbours at most. Where it is full, those that have merely spoken make room first, then those that do not answer.'),
  own('link', 'net.ipv4.neigh.default.locktime', [0, 360_000], '1/100 s', 'How long a second answer with another address is not believed.'),
  own('link', 'net.ipv4.neigh.default.mcast_solicit', [0, 100], 'requests', 'Broadcast requests before an unknown neighbour is given up.'),
  own('link', 'net.ipv4.neigh.default.retrans_time_ms', [10, 3_600_000], 'ms', 'Between two requests for one address.'),
  own('link', 'net.ipv4.neigh.default.ucast_solicit', [0, 100], 'requests', 'Unicast requests before a known neighbour is given up.'),
  own('link', 'net.ipv4.neigh.default.unres_qlen_bytes', [0, INT_MAX], 'octets', 'What waits for one unknown neighbour at most.'),
];

// biome-ignore format: a table reads best with one row a line
const NETWORK_KNOBS: readonly Knob[] = [
  own('network', 'net.ipv4.conf.all.accept_redirects', [0, 1], '', '1: a redirect of the gateway in use is followed (RFC 1122 3.2.2.2).'),
  own('network', 'net.ipv4.conf.all.drop_unicast_in_l2_multicast', [0, 1], '', '1: a packet to one of our addresses in a frame to a group is dropped (RFC 1122 3.3.6).'),
  own('network', 'net.ipv4.icmp_echo_ignore_all', [0, 1], '', '1: no echo is answered.'),
  own('network', 'net.ipv4.icmp_echo_ignore_broadcasts', [0, 1], '', '1: no echo to a broadcast or group address is answered.'),
  own('network', 'net.ipv4.icmp_msgs_burst', [0, INT_MAX], 'messages', 'ICMP messages of the limited types in one burst.'),
  own('network', 'net.ipv4.icmp_msgs_per_sec', [0, INT_MAX], 'messages/s', 'ICMP messages of the limited types, to all destinations together.'),
  own('network', 'net.ipv4.icmp_ratelimit', [0, INT_MAX], 'ms', 'Between two ICMP messages to one destination. 0: no limit.'),
  own('network', 'net.ipv4.icmp_ratemask', [0, 0xffffffff], 'bits', 'Bit n: ICMP type n is limited.'),
  // 1 follows with forwarding.
  own('network', 'net.ipv4.ip_forward', [0, 0], '', '1: be a router. It takes 0 only: there is no forwarding yet.'),
  own('network', 'net.ipv4.ipfrag_high_thresh', [0, Number.MAX_SAFE_INTEGER], 'octets', 'What fragments in waiting take at most. 0: no reassembly.'),
  own('network', 'net.ipv4.ipfrag_max_dist', [0, INT_MAX], 'datagrams', 'Datagrams that may come from a source between two fragments of one datagram. 0: no limit.'),
  own('network', 'net.ipv4.ipfrag_time', [1, 2_147_483], 's', 'How long fragments wait for the rest of their datagram.'),
];

/** Transport's rows; a knob that network has too counts for both. */
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

/** The name by which a layer's core calls a knob: what follows the last dot. */
export function sysctlKey(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
