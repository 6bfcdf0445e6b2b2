/**
 * The knobs (sysctls) of all layers under their Linux names. Control, the config and docs/sysctl.md
 * use this table.
 */
import { createLinkKnobs, LINK_CONF, LINK_NEIGH } from '@strata/link';
import { defaultNetworkSysctl, NETWORK_CONF } from '@strata/network';
import { type Knob as CoreKnob, type KnobValue, TRANSPORT_KNOBS } from '@strata/transport';
import { type Combination, type InterfaceKnob, type KnobGroup, splitKnobName } from '@strata/wire';

export type SysctlLayer = 'link' | 'network' | 'transport';

/** A knob under its full name. */
export interface Knob extends Omit<CoreKnob, 'prefix'> {
  readonly name: string;
  /** Layers that use it. */
  readonly layers: readonly SysctlLayer[];
  /** How many numbers its value has; 0: the value is a name. */
  readonly count: number;
  /**
   * Each interface has a value of its own, and `IFNAME` in the name stands for `all`, `default` or
   * the interface. Absent: there is one value.
   */
  readonly perInterface?: PerInterface | undefined;
}

/** What a knob that each interface has says in addition. */
export interface PerInterface {
  /** The initial value of `all`. Undefined: there is no `all`. */
  readonly initialAll: number | undefined;
  /** How `all` and the interface combine. */
  readonly combine: Combination;
  /** Whether a write of `all` sets `default` and every interface. */
  readonly spreads: boolean;
}

/** Stands for `all`, `default` or the name of an interface in the name of a knob. */
const ANY_SCOPE = 'IFNAME';

const INT_MAX = 0x7fffffff;

const DEFAULTS: Readonly<Record<string, KnobValue>> = {
  ...createLinkKnobs().limits,
  ...defaultNetworkSysctl(),
  ip_forward: NETWORK_CONF.forwarding.initial,
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
  const initial = DEFAULTS[name.slice(name.lastIndexOf('.') + 1)]!;
  const more = { count: 1, rising: false, effect: 'at once' } as const;
  return { name, layers: [layer], initial, least, most, unit, meaning, ...more };
}

/** A knob that each interface has. */
function each(
  layer: SysctlLayer,
  group: KnobGroup,
  key: string,
  row: InterfaceKnob,
  unit: string,
  meaning: string,
): Knob {
  const { initial, initialAll = initial, least, most, combine, spreads = false } = row;
  const perInterface = {
    initialAll: group === 'conf' ? initialAll : undefined,
    combine,
    spreads,
  };
  const name = `net.ipv4.${group}.${ANY_SCOPE}.${key}`;
  const more = { count: 1, rising: false, effect: 'at once', perInterface } as const;
  return { name, layers: [layer], initial, least, most, unit, meaning, ...more };
}

const linkConf = (key: keyof typeof LINK_CONF, meaning: string, unit = '') =>
  each('link', 'conf', key, LINK_CONF[key], unit, meaning);
const linkNeigh = (key: keyof typeof LINK_NEIGH, unit: string, meaning: string) =>
  each('link', 'neigh', key, LINK_NEIGH[key], unit, meaning);
const networkConf = (key: keyof typeof NETWORK_CONF, meaning: string, unit = '') =>
  each('network', 'conf', key, NETWORK_CONF[key], unit, meaning);

// biome-ignore format: a table reads best with one row a line
const LINK_KNOBS: readonly Knob[] = [
  { ...own('link', 'net.core.netdev_max_backlog', [1, 1_000_000], 'frames', 'Most frames in the queue to link; newer frames are dropped. Linux has 1000. A queue here that has not been empty for a second also holds at most 1000.'), effect: 'at start' },
  linkConf('accept_dad', '1: an address is tentative until dad_transmits probes have found no other station that has it (RFC 5227 2.1). 0: it is in use at once, as in Linux, which has this knob for IPv6.'),
  linkConf('arp_accept', 'Which unsolicited ARP makes new entries, gratuitous ARP and replies that nobody asked for. 0: none. 1: all. 2: those of senders in a network of the interface.'),
  linkConf('arp_announce', 'The sender address of our ARP requests. 0: the source of the packet that waits. 1: the same, if it is in a network that the target is in too. 2: the address of the interface that fits the target best.'),
  linkConf('arp_defend', 'What happens if another station uses an address of ours (RFC 5227 2.4). 0: it is counted, as in Linux, which has no such knob. 1: the address is given up. 2: it is defended once, and given up at the next conflict within 10 s. 3: it is defended, at most once in 10 s.'),
  linkConf('arp_filter', '1: an ARP request is answered only if packets to its sender leave through the interface that it came in on.'),
  linkConf('arp_ignore', 'Which ARP requests are answered. 0: those for any address of ours. 1: those for an address of the interface that they came in on. 2: as 1, and the sender must be in the network of that address. 3: those for addresses of global scope: all of ours. 8: none.'),
  linkConf('arp_notify', '1: gratuitous ARP is sent when an interface comes up. Linux has 0, because its daemons announce the address.'),
  linkConf('dad_transmits', 'Probes before an address is used, if accept_dad is 1. Linux has 1, for IPv6; RFC 5227 1.1 has 3.', 'probes'),
  linkConf('drop_gratuitous_arp', '1: gratuitous ARP is dropped.'),
  linkConf('proxy_arp', '1: an interface that forwards answers ARP requests for addresses that are reached through another interface (RFC 1027).'),
  linkConf('proxy_arp_pvlan', '1: as proxy_arp, for addresses that are reached through the same interface (RFC 3069).'),
  linkNeigh('base_reachable_time_ms', 'ms', 'How long a confirmed neighbour counts as reachable, times a random factor of 0.5 to 1.5.'),
  linkNeigh('delay_first_probe_time', 's', 'How long a stale neighbour is used before it is probed.'),
  linkNeigh('gc_stale_time', 's', 'A neighbour that is unused for this time may be collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh1', [0, INT_MAX], 'neighbours', 'Below this number no neighbour is collected.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh2', [0, INT_MAX], 'neighbours', 'Above this number old neighbours are collected when a new one is added.'),
  own('link', 'net.ipv4.neigh.default.gc_thresh3', [1, INT_MAX], 'neighbours', 'Most neighbours. If the table is full, neighbours that have only sent to us are removed first, then those that do not answer.'),
  linkNeigh('locktime', '1/100 s', 'How long an ARP answer with another MAC address is ignored after the first one.'),
  linkNeigh('mcast_solicit', 'requests', 'Broadcast requests before resolution of an unknown neighbour fails.'),
  linkNeigh('proxy_delay', '1/100 s', 'How long an ARP answer as a proxy waits at most, at random. A request that was sent to us alone is answered at once.'),
  linkNeigh('proxy_qlen', 'answers', 'Most ARP answers as a proxy that wait on an interface.'),
  linkNeigh('retrans_time_ms', 'ms', 'Time between two requests for one address.'),
  linkNeigh('ucast_solicit', 'requests', 'Unicast probes before a known neighbour counts as failed.'),
  linkNeigh('unres_qlen_bytes', 'octets', 'Most octets that wait for one unresolved neighbour.'),
];

// biome-ignore format: a table reads best with one row a line
const NETWORK_KNOBS: readonly Knob[] = [
  networkConf('accept_local', '1: a packet may have one of our own addresses as its source.'),
  networkConf('accept_redirects', '1: a redirect from the gateway in use is obeyed (RFC 1122 3.2.2.2).'),
  networkConf('accept_source_route', '1: source routes are obeyed (RFC 1812 5.3.13.4). If not, packets with one are dropped (RFC 7126 4.3).'),
  networkConf('bc_forwarding', '1: a router forwards broadcasts to the subnet of another interface (RFC 2644).'),
  networkConf('forwarding', '1: packets that come in here for other hosts are forwarded (RFC 1812).'),
  networkConf('force_igmp_version', 'The version of IGMP to speak, 1 to 3. 0: the version of the querier.'),
  networkConf('igmpv2_unsolicited_report_interval', 'Most time between two reports of a new member (RFC 2236 8.10).', 'ms'),
  networkConf('igmpv3_unsolicited_report_interval', 'Most time between two reports of a change (RFC 3376 8.11).', 'ms'),
  networkConf('drop_unicast_in_l2_multicast', '1: a packet to one of our unicast addresses is dropped if its frame was sent to a group address (RFC 1122 3.3.6).'),
  networkConf('log_martians', '1: packets with impossible addresses are written to the log, at most 10 in 5 s.'),
  networkConf('route_localnet', '1: 127.0.0.0/8 may come from a link.'),
  networkConf('rp_filter', 'Check of sources by the routes (RFC 3704): 0 none; 1 strict: the route to the source must use the interface that the packet came in on; 2 loose: there must be a route.'),
  networkConf('secure_redirects', '1: with shared_media 0, only redirects to gateways of a default route are followed.'),
  networkConf('send_redirects', '1: a router sends redirects (RFC 1812 5.2.7.2).'),
  networkConf('shared_media', '1: redirects may lead from one subnet of a link to another (RFC 1620).'),
  own('network', 'net.ipv4.fib_multipath_hash_policy', [0, 1], '', 'How a route with several nexthops spreads flows: 0 by addresses; 1 by addresses, protocol and ports.'),
  own('network', 'net.ipv4.icmp_errors_use_inbound_ifaddr', [0, 1], '', '1: ICMP errors about packets for other hosts have an address of the interface that the packet came in on.'),
  own('network', 'net.ipv4.route.error_burst', [0, INT_MAX], 'ms', 'Most credit that a sender has for the errors of error_cost.'),
  own('network', 'net.ipv4.route.error_cost', [0, INT_MAX], 'ms', 'Credit that a router takes for a destination unreachable for want of a route. A sender gains 1 ms in each ms.'),
  own('network', 'net.ipv4.route.redirect_load', [0, INT_MAX], 'ms', 'Time from the first redirect to a sender to the second; it doubles each time.'),
  own('network', 'net.ipv4.route.redirect_number', [0, 30], 'redirects', 'Redirects to a sender that ignores them, before the router falls silent.'),
  own('network', 'net.ipv4.route.redirect_silence', [0, INT_MAX], 'ms', 'Time without a reason for a redirect after which the count begins anew.'),
  own('network', 'net.ipv4.icmp_echo_ignore_all', [0, 1], '', '1: no ICMP echo request is answered.'),
  own('network', 'net.ipv4.icmp_echo_ignore_broadcasts', [0, 1], '', '1: no ICMP echo request to a broadcast or group address is answered.'),
  own('network', 'net.ipv4.igmp_link_local_mcast_reports', [0, 1], '', '1: membership of groups of the link itself, 224.0.0.0/24, is reported too.'),
  own('network', 'net.ipv4.igmp_qrv', [1, 7], 'reports', 'How often IGMP reports a change, until a querier says otherwise (RFC 3376 8.1).'),
  own('network', 'net.ipv4.icmp_msgs_burst', [0, INT_MAX], 'messages', 'ICMP messages of the limited types in one burst.'),
  own('network', 'net.ipv4.icmp_msgs_per_sec', [0, INT_MAX], 'messages/s', 'ICMP messages of the limited types, to all destinations together.'),
  own('network', 'net.ipv4.icmp_ratelimit', [0, INT_MAX], 'ms', 'Least time between two ICMP messages to one destination. 0: no limit.'),
  own('network', 'net.ipv4.icmp_ratemask', [0, 0xffffffff], 'bits', 'If bit n is set, ICMP type n is limited.'),
  own('network', 'net.ipv4.ip_forward', [0, 1], '', '1: act as a router. The same knob as net.ipv4.conf.all.forwarding: a write sets it on each interface, and sets net.ipv4.conf.all.accept_redirects to the contrary.'),
  own('network', 'net.ipv4.ip_forward_use_pmtu', [0, 1], '', '1: a path MTU that was reported to us also holds for packets that we forward.'),
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

/** The name of a knob for one interface, `all` or `default`. */
export function withScope({ name, perInterface }: Knob, scope: string): string {
  return perInterface === undefined ? name : name.replace(`.${ANY_SCOPE}.`, `.${scope}.`);
}

/** How the values of `all` and of the interface combine, in words. */
export function describeCombination({ combine, initialAll, spreads }: PerInterface): string {
  const rule = initialAll === undefined ? "the interface's value" : COMBINATIONS[combine];
  return spreads ? `${rule}; a write of all sets default and every interface too` : rule;
}

const COMBINATIONS: Readonly<Record<Combination, string>> = {
  and: 'all and the interface must both be on',
  or: 'all or the interface must be on',
  max: "the larger one of all's and the interface's value",
  interface: "the interface's value",
  router: 'all or the interface must be on; both, if the interface forwards',
};

/** The scopes that are no interface's name. */
export const ANY_INTERFACE = ['all', 'default'];

const BY_NAME = new Map(KNOBS.map((knob) => [knob.name, knob]));

/**
 * The knob of a name; undefined: there is none. The name of an interface is not checked:
 * `net.ipv4.conf.eth7.arp_accept` is a knob's.
 */
export function knobOf(name: string): Knob | undefined {
  const parts = splitKnobName(coreName(name));
  if (parts === undefined) return BY_NAME.get(name);
  const { group, scope, key } = parts;
  const knob = BY_NAME.get(`net.ipv4.${group}.${ANY_SCOPE}.${key}`);
  if (knob === undefined) return BY_NAME.get(name);
  return scope === 'all' && knob.perInterface?.initialAll === undefined ? undefined : knob;
}

/**
 * The interface in the name of a knob, or `all` or `default`. Undefined: the knob is not an
 * interface's.
 */
export function scopeOf(name: string): string | undefined {
  return knobOf(name)?.perInterface && splitKnobName(coreName(name))?.scope;
}

/**
 * The name of a knob in a layer's core: the part after the last dot. Of a knob that each interface
 * has: all but `net.ipv4.`.
 */
export function sysctlKey(name: string): string {
  return knobOf(name)?.perInterface ? coreName(name) : name.slice(name.lastIndexOf('.') + 1);
}

/** The Linux name of a layer's knob by its name in the core. Undefined: there is none. */
export function sysctlName(layer: SysctlLayer, key: string): string | undefined {
  if (splitKnobName(key) !== undefined) return `net.ipv4.${key}`;
  return KNOBS.find(({ name, layers, perInterface }) => {
    return perInterface === undefined && layers.includes(layer) && sysctlKey(name) === key;
  })?.name;
}

function coreName(name: string): string {
  return name.startsWith('net.ipv4.') ? name.slice('net.ipv4.'.length) : name;
}
