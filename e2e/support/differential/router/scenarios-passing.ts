import { echo, flip, icmp, icmpAbout, syn, udp, unknown } from './packets.ts';
import { one, type RouterScenario } from './scenario.ts';

const TTL: readonly RouterScenario[] = [
  one('TTL 0', { ttl: 0 }),
  one('TTL 1', { ttl: 1 }),
  one('TTL 2', { ttl: 2 }),
  one('TTL 255', { ttl: 255 }),
  one('TTL 1 to the router itself', { ttl: 1, to: 'router.left', payload: echo() }),
  one('TTL 1 to the router’s other address', { ttl: 1, to: 'router.right', payload: echo() }),
  one('TTL 0 to the router itself', { ttl: 0, to: 'router.left', payload: echo() }),
  one('TTL 1, DF and too large', { ttl: 1, df: true, payload: udp(1400) }),
  one('TTL 1 and no route', { ttl: 1, to: 'nowhere' }),
  one('TTL 1 and a large packet: how much is quoted', { ttl: 1, payload: udp(1400) }),
  one('TTL 1 with TOS', { ttl: 1, tos: 0xb8 }),
  one('TTL 1 with ECN', { ttl: 1, tos: 0x03 }),
  one('TTL 1 and the first fragment', { ttl: 1, mf: true, payload: udp(400) }),
  one('TTL 1 and a later fragment', { ttl: 1, offset: 400, payload: udp(400) }),
  one('TTL 1 behind the gateway', { ttl: 1, from: 'beyond', side: 'right', to: 'left' }),
  one(
    'TTL 1 and icmp_errors_use_inbound_ifaddr',
    { ttl: 1, from: 'beyond', to: 'right' },
    {
      knobs: { icmp_errors_use_inbound_ifaddr: 1 },
    },
  ),
  {
    name: 'TTL 1, ten times: the rate limit',
    frames: Array.from({ length: 10 }, (_, at) => ({ id: 100 + at, ttl: 1 })),
  },
];

const SIZE: readonly RouterScenario[] = [
  one('as large as the MTU', { df: true, payload: udp(980) }),
  one('one octet larger than the MTU, DF', { df: true, payload: udp(981) }),
  one('one octet larger than the MTU', { payload: udp(981) }),
  one('DF and too large', { df: true, payload: udp(1480) }),
  one('too large: two fragments', { payload: udp(1480) }),
  one('too large: many fragments', { payload: udp(5000) }),
  one('larger than the MTU of the route, DF', { to: 'narrow', df: true, payload: udp(800) }),
  one('larger than the MTU of the route', { to: 'narrow', payload: udp(800) }),
  one('a first fragment that is too large', { mf: true, payload: unknown(17, 1480) }),
  one('a middle fragment that is too large', {
    mf: true,
    offset: 1480,
    payload: unknown(17, 1480),
  }),
  one('a last fragment that is too large', { offset: 2960, payload: unknown(17, 1100) }),
  one('a first fragment with DF that is too large', { df: true, mf: true, payload: udp(1480) }),
  one('a later fragment with DF that is too large', {
    df: true,
    offset: 1480,
    payload: unknown(17, 1480),
  }),
  one('a small first fragment', { mf: true, payload: udp(64) }),
  one('a last fragment', { offset: 64, payload: unknown(17, 33) }),
  one('a middle fragment of no multiple of eight octets', {
    mf: true,
    offset: 64,
    payload: unknown(17, 33),
  }),
  one('a fragment that ends beyond 65,535 octets', { offset: 65_528, payload: unknown(17, 40) }),
  {
    name: 'all fragments of a datagram, the last one first',
    frames: [
      { id: 7, offset: 128, payload: unknown(17, 20) },
      { id: 7, offset: 64, mf: true, payload: unknown(17, 64) },
      { id: 7, mf: true, payload: unknown(17, 64) },
    ].map((each, at) => ({ ...each, id: 7 + at })),
  },
  one('too large, ICMP', { payload: echo(1400) }),
  one('DF and too large, ICMP echo', { df: true, payload: echo(1400) }),
  one('DF and too large, ICMP error', { df: true, payload: icmp(3, 1, 1400) }),
  one('too large with TOS', { tos: 0x28, payload: udp(1200) }),
  { name: 'identification 0 and too large', frames: [{ id: 0, payload: udp(1200) }] },
  one('the reserved flag', { change: flip(6, 0x80) }),
  one('the reserved flag and too large', {
    payload: udp(1200),
    change: flip(6, 0x80),
  }),
  one('padding behind the packet', { cut: -18 }),
  one('so much padding behind the packet that the frame is larger than the MTU', { cut: -1200 }),
  one('a header without payload', { payload: unknown(253, 0) }),
];

const CONTENT: readonly RouterScenario[] = [
  one('UDP', {}),
  one('UDP from right to left', { side: 'right', from: 'right', to: 'left', payload: udp(1000) }),
  one('UDP through a gateway', { to: 'beyond' }),
  one('UDP with a wrong checksum', { payload: udp(40, 'wrong') }),
  one('UDP with a wrong checksum, in fragments', { payload: udp(1200, 'wrong') }),
  one('UDP without a checksum', { payload: udp(40, 'none') }),
  one('UDP without a checksum, in fragments', { payload: udp(1200, 'none') }),
  one('a truncated UDP header', { payload: unknown(17, 3) }),
  one('TCP’s SYN with an MSS larger than the link', { payload: syn(1460) }),
  one('TCP’s SYN with DF', { df: true, payload: syn(1460) }),
  one('a truncated TCP header', { payload: unknown(6, 5) }),
  one('an unknown protocol', { payload: unknown(253, 30) }),
  one('protocol 0', { payload: unknown(0, 30) }),
  one('IGMP to a host', { payload: unknown(2, 8) }),
  ...[0x01, 0x02, 0x03, 0x10, 0xb8, 0xff].map((tos) =>
    one(`TOS 0x${tos.toString(16).padStart(2, '0')}`, { tos }),
  ),
  one('echo', { payload: echo() }),
  one('echo reply', { payload: icmp(0) }),
  one('ICMP with a wrong checksum', {
    payload: echo(),
    change: flip(22, 0xff),
  }),
];

/** Errors on their way to another host: what the router knows of the quoted packet is no matter. */
const ERRORS_PASSING: readonly RouterScenario[] = [
  ...[0, 1, 2, 3, 5, 9, 10, 13].map((code) => passing(3, code)),
  passing(3, 4, 600),
  passing(4, 0),
  passing(5, 0, 0x0a010002),
  passing(5, 1, 0x0a010002),
  passing(11, 0),
  passing(11, 1),
  passing(12, 0, 0x14000000),
  passing(12, 1),
  one('ICMP 3/4 about a packet of the router passes', {
    side: 'right',
    from: 'right',
    to: 'left',
    payload: icmpAbout(3, 4, 600, { id: 1, from: 'router.left', to: 'right' }),
  }),
];

function passing(type: number, code: number, rest = 0): RouterScenario {
  return one(`ICMP ${type}/${code} passes`, {
    side: 'right',
    from: 'right',
    to: 'left',
    payload: icmpAbout(type, code, rest, { id: 0x77, ttl: 3 }),
  });
}

/** RFC 1122 3.2.2: no error about an error. */
const ERRORS_ABOUT_ERRORS: readonly RouterScenario[] = [
  ...[3, 4, 5, 11, 12].map((type) =>
    one(`TTL 1, ICMP type ${type}`, {
      ttl: 1,
      payload: icmpAbout(type, 0, 0, { id: 9, from: 'right', to: 'left' }),
    }),
  ),
  ...[0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 30, 40, 42, 43, 255].map((type) =>
    one(`TTL 1, ICMP type ${type}`, { ttl: 1, payload: icmp(type) }),
  ),
  one('TTL 1, ICMP of no octets', { ttl: 1, payload: unknown(1, 0) }),
  one('TTL 1, ICMP of one octet', { ttl: 1, payload: unknown(1, 1) }),
  one('an ICMP error without a route', { to: 'nowhere', payload: icmp(11) }),
  one('an ICMP error to a prohibited host', { to: 'prohibit', payload: icmp(3, 1) }),
];

export const PASSING = [...TTL, ...SIZE, ...CONTENT, ...ERRORS_PASSING, ...ERRORS_ABOUT_ERRORS];
