import { echo, flip, icmp, put, udp, unknown } from './packets.ts';
import { type InjectedFrame, one, type RouterScenario } from './scenario.ts';

const HEADER: readonly RouterScenario[] = [
  one('a bad header checksum', { spoil: flip(10, 1) }),
  one('a bad header checksum, TTL 1', { ttl: 1, spoil: flip(10, 1) }),
  one('header checksum 0', { spoil: put(10, 0, 0) }),
  one('a header checksum of 0xffff where 0 is right', {
    change: put(5, 0),
    spoil: zeroSum,
  }),
  ...[0, 3, 5, 6, 15].map((version) =>
    one(`version ${version}`, { change: put(0, (version << 4) | 5) }),
  ),
  ...[0, 4].map((words) => one(`a header of ${words} words`, { spoil: put(0, 0x40 | words) })),
  one('a header longer than the packet', {
    payload: unknown(17, 8),
    spoil: put(0, 0x4f),
  }),
  one('total length 0', { change: put(2, 0, 0) }),
  one('total length 19', { change: put(2, 0, 19) }),
  one('total length 20 of 40', { change: put(2, 0, 20) }),
  one('total length one more than the frame has', {
    change: put(2, 0, 41),
  }),
  one('total length 65,535', { change: put(2, 255, 255) }),
  one('a packet without its last octet', { cut: 1 }),
  one('a packet without its payload', { cut: 20 }),
  one('half a header', { cut: 30 }),
  one('one octet of a header', { cut: 39 }),
  one('an empty frame', { cut: 40 }),
  one('a frame padded to 60 octets', { payload: udp(8), cut: -18 }),
];

/** Makes the checksum the other form of zero, if it is zero. Else it spoils nothing. */
function zeroSum(packet: Uint8Array): void {
  // The identification makes the sum zero: it takes the checksum’s own value.
  const sum = packet[10]! * 256 + packet[11]!;
  const id = packet[4]! * 256 + packet[5]! + sum;
  const folded = id > 0xffff ? id - 0xffff : id;
  packet.set([folded >>> 8, folded & 0xff], 4);
  packet.set([0xff, 0xff], 10);
}

const KINDS = ['nowhere', 'unreachable', 'prohibit', 'blackhole', 'throw'] as const;

const ROUTES: readonly RouterScenario[] = [
  ...KINDS.map((to) => one(`to ${to}`, { to })),
  ...KINDS.map((to) => one(`to ${to} with TTL 1`, { to, ttl: 1 })),
  ...KINDS.map((to) => one(`to ${to}, DF and large`, { to, df: true, payload: udp(1400) })),
  one('to nowhere, a later fragment', { to: 'nowhere', offset: 64 }),
  one('to nowhere, echo', { to: 'nowhere', payload: echo() }),
  one('to nowhere with TOS', { to: 'nowhere', tos: 0xfc }),
  one('to nowhere from a host behind a gateway', {
    to: 'nowhere',
    from: 'beyond',
    side: 'right',
  }),
  {
    name: 'to nowhere, twelve times: the rate limit',
    frames: Array.from({ length: 12 }, (_, at) => ({ id: 100 + at, to: 'nowhere' })),
  },
  {
    name: 'to prohibit, twelve times: the rate limit',
    frames: Array.from({ length: 12 }, (_, at) => ({ id: 100 + at, to: 'prohibit' })),
  },
  {
    name: 'DF and too large, twelve times: no rate limit',
    frames: Array.from({ length: 12 }, (_, at) => ({ id: 100 + at, df: true, payload: udp(1400) })),
  },
];

const SILENT_MS = 400;

/** Nobody answers ARP for the next hop. */
const SILENT: readonly RouterScenario[] = [
  one('a next hop that does not answer', { to: 'silent' }, { waitMs: SILENT_MS }),
  one(
    'a next hop that does not answer, ICMP error',
    { to: 'silent', payload: icmp(3, 1) },
    {
      waitMs: SILENT_MS,
    },
  ),
  one(
    'a next hop that does not answer, later fragment',
    { to: 'silent', offset: 64 },
    {
      waitMs: SILENT_MS,
    },
  ),
  one(
    'a next hop that does not answer, in fragments',
    { to: 'silent', payload: udp(1400) },
    {
      waitMs: SILENT_MS,
    },
  ),
  {
    name: 'a next hop that does not answer, three packets',
    frames: [1, 2, 3].map((id) => ({ id, to: 'silent' })),
    waitMs: SILENT_MS,
  },
  one(
    'a next hop that does not answer, and a sender behind a gateway',
    {
      to: 'silent',
      from: 'beyond',
      side: 'right',
    },
    { waitMs: SILENT_MS },
  ),
];

const BACK: Omit<InjectedFrame, 'id'> = { to: 'back' };
const NOT_SHARED = { 'conf.all.shared_media': 0, 'conf.left.shared_media': 0 };

/** The next hop is on the link that the packet comes from (RFC 1812 5.2.7.2). */
const REDIRECTS: readonly RouterScenario[] = [
  one('redirect to a gateway', BACK),
  one('redirect to a host of the link', { to: 'near' }),
  one('redirect, in fragments', { side: 'right', from: 'right', to: 'far', payload: udp(1400) }),
  one('redirect, DF and too large', {
    side: 'right',
    from: 'right',
    to: 'far',
    df: true,
    payload: udp(1400),
  }),
  one('redirect of a large packet: how much is quoted', { ...BACK, payload: udp(1400) }),
  one('redirect with TOS', { ...BACK, tos: 0x48 }),
  one('redirect and TTL 1', { ...BACK, ttl: 1 }),
  one('redirect of a later fragment', { ...BACK, offset: 64 }),
  one('redirect of an ICMP error', { ...BACK, payload: icmp(3, 1) }),
  one('redirect of an echo', { ...BACK, payload: echo() }),
  one('no redirect: the sender is not of this link', { ...BACK, from: 'nowhere' }),
  one('no redirect: the sender is of the other link', { ...BACK, from: 'right' }),
  one('no redirect: send_redirects 0', BACK, {
    knobs: { 'conf.all.send_redirects': 0, 'conf.left.send_redirects': 0 },
  }),
  one('redirect: send_redirects of all alone', BACK, { knobs: { 'conf.left.send_redirects': 0 } }),
  one('redirect without shared_media', BACK, { knobs: NOT_SHARED }),
  one(
    'redirect without shared_media, from another network',
    { ...BACK, from: 'nowhere' },
    {
      knobs: NOT_SHARED,
    },
  ),
  {
    name: 'redirect, three times at once',
    frames: [1, 2, 3].map((id) => ({ id, ...BACK })),
  },
];

export const REFUSED = [...HEADER, ...ROUTES, ...SILENT, ...REDIRECTS];
