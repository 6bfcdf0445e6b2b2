import { echo, udp } from './packets.ts';
import { one, type RouterScenario } from './scenario.ts';

const BROADCAST_MAC = 0xffffffffffff;

/** RFC 1812 5.3.7: addresses that no packet on a link may have. */
const MARTIAN_SOURCES = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0.0.0.1',
  '224.0.0.1',
  '239.1.2.3',
  '240.0.0.1',
  '255.255.255.254',
  '255.255.255.255',
  'router.left',
  'router.right',
  'broadcast.left',
  'broadcast.right',
];

const MARTIAN_DESTINATIONS = [
  '0.0.0.0',
  '0.0.0.1',
  '127.0.0.1',
  '127.1.2.3',
  '240.0.0.1',
  '255.255.255.254',
  '255.255.255.255',
];

const MARTIANS: readonly RouterScenario[] = [
  ...MARTIAN_SOURCES.map((from) => one(`source ${from}`, { from })),
  ...MARTIAN_SOURCES.map((from) => one(`source ${from} with TTL 1`, { from, ttl: 1 })),
  ...MARTIAN_SOURCES.map((from) =>
    one(`source ${from}, echo to the router`, { from, to: 'router.left', payload: echo() }),
  ),
  ...MARTIAN_DESTINATIONS.map((to) => one(`destination ${to}`, { to })),
  ...MARTIAN_DESTINATIONS.map((to) => one(`destination ${to} with TTL 1`, { to, ttl: 1 })),
  // The first address of a subnet is one of a host, which does not answer here.
  ...['10.1.0.0', '10.2.0.0'].flatMap((place) => [
    one(`destination ${place}`, { to: place }, { waitMs: 400 }),
    one(`destination ${place} with TTL 1`, { to: place, ttl: 1 }, { waitMs: 400 }),
    one(`source ${place}`, { from: place }, { waitMs: 400 }),
    one(`source ${place} with TTL 1`, { from: place, ttl: 1 }, { waitMs: 400 }),
  ]),
  one('source and destination are the same host', { from: 'right', to: 'right' }),
  one('source and destination are the same host of the link', { to: 'left' }),
  one('source of the other link', { from: 'far' }),
  one('source without a route', { from: 'nowhere' }),
  one('source without a route, TTL 1', { from: 'nowhere', ttl: 1 }),
  one('source on a blackhole route, TTL 1', { from: 'blackhole', ttl: 1 }),
  one('source on a prohibit route, TTL 1', { from: 'prohibit', ttl: 1 }),
  one('source on an unreachable route', { from: 'unreachable' }),
  one(
    'source 127.0.0.1 with route_localnet',
    { from: '127.0.0.1' },
    {
      knobs: { 'conf.left.route_localnet': 1 },
    },
  ),
  one(
    'echo to 127.0.0.5 with route_localnet',
    { to: '127.0.0.5', payload: echo() },
    {
      knobs: { 'conf.left.route_localnet': 1 },
    },
  ),
  one(
    'source 127.0.0.1 with route_localnet and accept_local',
    { from: '127.0.0.1' },
    { knobs: { 'conf.left.route_localnet': 1, 'conf.left.accept_local': 1 } },
  ),
  one(
    'source router.right with accept_local',
    { from: 'router.right' },
    {
      knobs: { 'conf.left.accept_local': 1 },
    },
  ),
];

const BROADCASTS_ON = { 'conf.all.bc_forwarding': 1, 'conf.left.bc_forwarding': 1 };

const BROADCASTS: readonly RouterScenario[] = [
  one('directed broadcast', { to: 'broadcast.right' }),
  one('directed broadcast with TTL 1', { to: 'broadcast.right', ttl: 1 }),
  one('directed broadcast, bc_forwarding', { to: 'broadcast.right' }, { knobs: BROADCASTS_ON }),
  one(
    'directed broadcast, bc_forwarding of all alone',
    { to: 'broadcast.right' },
    {
      knobs: { 'conf.all.bc_forwarding': 1 },
    },
  ),
  one(
    'directed broadcast, bc_forwarding of the interface alone',
    { to: 'broadcast.right' },
    {
      knobs: { 'conf.left.bc_forwarding': 1 },
    },
  ),
  one(
    'directed broadcast with TTL 1, bc_forwarding',
    { to: 'broadcast.right', ttl: 1 },
    {
      knobs: BROADCASTS_ON,
    },
  ),
  one(
    'directed broadcast, too large, bc_forwarding',
    { to: 'broadcast.right', payload: udp(1400) },
    {
      knobs: BROADCASTS_ON,
    },
  ),
  one(
    'directed broadcast, DF and too large, bc_forwarding',
    {
      to: 'broadcast.right',
      df: true,
      payload: udp(1400),
    },
    { knobs: BROADCASTS_ON },
  ),
  one(
    'broadcast of its own link, bc_forwarding',
    { to: 'broadcast.left' },
    { knobs: BROADCASTS_ON },
  ),
  one(
    'broadcast of its own link in a broadcast frame, bc_forwarding',
    {
      to: 'broadcast.left',
      mac: BROADCAST_MAC,
    },
    { knobs: BROADCASTS_ON },
  ),
  one(
    'directed broadcast in a broadcast frame, bc_forwarding',
    {
      to: 'broadcast.right',
      mac: BROADCAST_MAC,
    },
    { knobs: BROADCASTS_ON },
  ),
  one(
    '255.255.255.255, bc_forwarding',
    { to: '255.255.255.255', mac: BROADCAST_MAC },
    {
      knobs: BROADCASTS_ON,
    },
  ),
  one('broadcast of its own link', { to: 'broadcast.left', mac: BROADCAST_MAC }),
  one('255.255.255.255 in a broadcast frame', { to: '255.255.255.255', mac: BROADCAST_MAC }),
  one('echo to a broadcast', { to: 'broadcast.left', mac: BROADCAST_MAC, payload: echo() }),
  one(
    'echo to a broadcast, icmp_echo_ignore_broadcasts 0',
    {
      to: 'broadcast.left',
      mac: BROADCAST_MAC,
      payload: echo(),
    },
    { knobs: { icmp_echo_ignore_broadcasts: 0 } },
  ),
];

const GROUPS: readonly RouterScenario[] = [
  ...['224.0.0.1', '224.0.0.9', '232.1.2.3', '239.255.0.1'].flatMap((to) => [
    one(`to the group ${to}`, { to, mac: 0x01005e000000 + groupBits(to) }),
    one(`to the group ${to} with TTL 1`, { to, ttl: 1, mac: 0x01005e000000 + groupBits(to) }),
  ]),
  one('to a group, in a unicast frame', { to: '239.255.0.1' }),
  one('a unicast packet in a group frame', { mac: 0x01005e010203 }),
  one('a unicast packet in the frame of all hosts', { mac: 0x01005e000001 }),
  one('a unicast packet in a broadcast frame', { mac: BROADCAST_MAC }),
  one('a unicast packet in a broadcast frame, TTL 1', { mac: BROADCAST_MAC, ttl: 1 }),
  one('a unicast packet in a broadcast frame, no route', { mac: BROADCAST_MAC, to: 'nowhere' }),
  one('a unicast packet in a broadcast frame, DF and too large', {
    mac: BROADCAST_MAC,
    df: true,
    payload: udp(1400),
  }),
  one('a frame to another station', { mac: 0x020000000077 }),
  one('a frame to the router’s MAC address on the other link', { mac: 0x020000000002 }),
  one('echo to the router in a broadcast frame', {
    to: 'router.left',
    mac: BROADCAST_MAC,
    payload: echo(),
  }),
  one(
    'echo to the router in a broadcast frame, drop_unicast_in_l2_multicast',
    {
      to: 'router.left',
      mac: BROADCAST_MAC,
      payload: echo(),
    },
    { knobs: { 'conf.left.drop_unicast_in_l2_multicast': 1 } },
  ),
];

function groupBits(group: string): number {
  const [, second = 0, third = 0, fourth = 0] = group.split('.').map(Number);
  return (second & 0x7f) * 65_536 + third * 256 + fourth;
}

/** RFC 3704. */
const SOURCES_CHECKED: readonly RouterScenario[] = [1, 2].flatMap((rp_filter) =>
  ['left', 'right', 'near', 'beyond', 'back', 'nowhere', 'blackhole', 'unreachable', 'throw'].map(
    (from) =>
      one(
        `rp_filter ${rp_filter}, source ${from}`,
        { from, to: 'far' },
        {
          knobs: { 'conf.left.rp_filter': rp_filter },
        },
      ),
  ),
);

const MORE_SOURCES_CHECKED: readonly RouterScenario[] = [
  one('rp_filter 1 of all', { from: 'right', to: 'far' }, { knobs: { 'conf.all.rp_filter': 1 } }),
  one(
    'rp_filter 1 of all, 2 of the interface',
    { from: 'right', to: 'far' },
    {
      knobs: { 'conf.all.rp_filter': 1, 'conf.left.rp_filter': 2 },
    },
  ),
  one(
    'rp_filter 1, 0.0.0.0 to 255.255.255.255',
    {
      from: '0.0.0.0',
      to: '255.255.255.255',
      mac: BROADCAST_MAC,
    },
    { knobs: { 'conf.left.rp_filter': 1 } },
  ),
  one(
    'rp_filter 1, echo to the router from a wrong link',
    {
      from: 'right',
      to: 'router.left',
      payload: echo(),
    },
    { knobs: { 'conf.left.rp_filter': 1 } },
  ),
  one('rp_filter 0, echo to the router from a wrong link', {
    from: 'right',
    to: 'router.left',
    payload: echo(),
  }),
];

export const ADDRESSES = [
  ...MARTIANS,
  ...BROADCASTS,
  ...GROUPS,
  ...SOURCES_CHECKED,
  ...MORE_SOURCES_CHECKED,
];
