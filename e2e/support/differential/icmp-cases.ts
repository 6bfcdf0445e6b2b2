import {
  broadcastOf,
  emitIcmp,
  emitIpv4Header,
  emitUdpHeader,
  type IpAddress,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
  parseIpv4,
  writeUint16,
} from '@strata/wire';

export const SUBJECT = parseIpv4('192.0.2.1')!;
export const PEER = parseIpv4('192.0.2.2')!;
const BROADCAST = broadcastOf(SUBJECT, 24);
const LIMITED = parseIpv4('255.255.255.255')!;
const ALL_HOSTS = parseIpv4('224.0.0.1')!;

/** What a peer sends: whole IPv4 packets, in this order. */
export interface IcmpCase {
  readonly name: string;
  readonly packets: readonly Uint8Array[];
}

interface Fields {
  readonly destination?: IpAddress;
  readonly source?: IpAddress;
  readonly tos?: number;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
  readonly options?: readonly number[];
  readonly fragmentOffsetOctets?: number;
  readonly moreFragments?: boolean;
  readonly protocol?: number;
}

let identification = 1;

function packet(payload: Uint8Array, fields: Fields = {}): Uint8Array {
  const options = Uint8Array.from(fields.options ?? []);
  const headerOctets = 20 + options.byteLength;
  const bytes = new Uint8Array(headerOctets + payload.byteLength);
  identification = (identification + 1) & 0xffff;
  emitIpv4Header(bytes, {
    tos: fields.tos ?? 0,
    totalOctets: bytes.byteLength,
    identification: fields.moreFragments || fields.fragmentOffsetOctets ? 7 : identification,
    dontFragment: fields.dontFragment ?? false,
    moreFragments: fields.moreFragments ?? false,
    fragmentOffsetOctets: fields.fragmentOffsetOctets ?? 0,
    ttl: fields.ttl ?? 64,
    protocol: fields.protocol ?? PROTOCOL_ICMP,
    source: fields.source ?? PEER,
    destination: fields.destination ?? SUBJECT,
    options: options.byteLength > 0 ? options : undefined,
  });
  bytes.set(payload, headerOctets);
  return bytes;
}

/** An ICMP message with octets that depend on their place. */
function icmp(type: number, code: number, octets: number, id = 77, sequence = 1): Uint8Array {
  const bytes = new Uint8Array(8 + octets);
  for (let at = 0; at < octets; at += 1) bytes[8 + at] = (at * 7 + (at >>> 8)) & 255;
  emitIcmp(bytes, type, code, id, sequence);
  return bytes;
}

const echo = (octets: number, id = 77, sequence = 1) => icmp(8, 0, octets, id, sequence);

/** The message in fragments of at most `octets` of payload each. */
function fragments(message: Uint8Array, octets: number, fields: Fields = {}): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < message.byteLength; from += octets) {
    const end = Math.min(from + octets, message.byteLength);
    const moreFragments = end < message.byteLength;
    const place = { fragmentOffsetOctets: from, moreFragments };
    // Record route and timestamp are not copied into the other fragments (RFC 791 3.1).
    const { options: _first, ...others } = fields;
    const own = from === 0 ? fields : others;
    parts.push(packet(message.subarray(from, end), { ...own, ...place }));
  }
  return parts;
}

function broken(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 0x01;
  return copy;
}

const room = (octets: number) => new Array<number>(octets).fill(0);
const A = [192, 0, 2, 2];
const OWN = [192, 0, 2, 1];
const OTHER = [10, 9, 8, 7];

const one = (name: string, ...packets: Uint8Array[]): IcmpCase => ({ name, packets });

const SIZES = [0, 1, 2, 15, 16, 17, 55, 56, 1471, 1472].map((octets) =>
  one(`echo of ${octets} octets`, packet(echo(octets))),
);

const FRAGMENTED = [
  one('echo of 1,473 octets in two fragments', ...fragments(echo(1473), 1480)),
  one('echo of 8,000 octets in six fragments', ...fragments(echo(8000), 1480)),
  one('echo in fragments of 8 octets', ...fragments(echo(40), 8)),
  one('echo in fragments that come backwards', ...fragments(echo(3000), 1480).reverse()),
  one('echo of 65,507 octets, the largest', ...fragments(echo(65_507), 1480)),
  one('echo of odd length in fragments', ...fragments(echo(4001), 1480)),
  one(
    'echo in fragments, with record route in the first',
    ...fragments(echo(3000), 1440, { options: [7, 39, 4, ...room(36), 0] }),
  ),
  one('echo whose second fragment is missing', fragments(echo(3000), 1480)[0]!),
];

const HEADERS = [
  ...[0x00, 0x01, 0x02, 0x03, 0x10, 0x1c, 0xb8, 0xff].map((tos) =>
    one(`echo with TOS ${tos}`, packet(echo(8), { tos })),
  ),
  one('echo with DF', packet(echo(8), { dontFragment: true })),
  ...[0, 1, 255].map((ttl) => one(`echo with TTL ${ttl}`, packet(echo(8), { ttl }))),
  one('echo with identifier and number 0', packet(echo(8, 0, 0))),
  one('echo with identifier and number 65,535', packet(echo(8, 65_535, 65_535))),
  one('echo twice', packet(echo(8)), packet(echo(8))),
  one('echo with a wrong ICMP checksum', packet(broken(echo(8), 9))),
  one('echo with a wrong header checksum', broken(packet(echo(8)), 10)),
  one('echo with code 5', packet(icmp(8, 5, 8))),
  one('echo with code 255', packet(icmp(8, 255, 8))),
  one('ICMP of 7 octets', packet(echo(8).subarray(0, 7))),
  one('ICMP of no octets', packet(new Uint8Array(0))),
  one('an echo reply that nobody asked for', packet(icmp(0, 0, 8))),
];

const ADDRESSES = [
  one('echo to the subnet broadcast', packet(echo(8), { destination: BROADCAST })),
  one('echo to 255.255.255.255', packet(echo(8), { destination: LIMITED })),
  one('echo to 224.0.0.1', packet(echo(8), { destination: ALL_HOSTS })),
  one('echo to the subnet address', packet(echo(8), { destination: parseIpv4('192.0.2.0')! })),
  one('echo to another host', packet(echo(8), { destination: parseIpv4('192.0.2.77')! })),
  one('echo to 127.0.0.1', packet(echo(8), { destination: parseIpv4('127.0.0.1')! })),
  one('echo to 0.0.0.0', packet(echo(8), { destination: parseIpv4('0.0.0.0')! })),
  one('echo from 127.0.0.1', packet(echo(8), { source: parseIpv4('127.0.0.1')! })),
  one('echo from 0.0.0.0', packet(echo(8), { source: parseIpv4('0.0.0.0')! })),
  one('echo from the subnet broadcast', packet(echo(8), { source: BROADCAST })),
  one('echo from a group', packet(echo(8), { source: ALL_HOSTS })),
  one('echo from 240.0.0.1', packet(echo(8), { source: parseIpv4('240.0.0.1')! })),
  one("echo from the subject's own address", packet(echo(8), { source: SUBJECT })),
  one(
    'timestamp request to the subnet broadcast',
    packet(icmp(13, 0, 12), { destination: BROADCAST }),
  ),
];

const option = (name: string, ...options: number[]) => {
  const padded = [...options, ...room(-options.length & 3)];
  return one(`echo with ${name}`, packet(echo(8), { options: padded }));
};

const OPTIONS = [
  option('record route, empty', 7, 39, 4, ...room(36)),
  option('NOP and record route, as ping -R', 1, 7, 39, 8, ...A, ...room(32)),
  option('record route with room for one', 7, 7, 4, ...room(4)),
  option('record route, full', 7, 7, 8, ...A),
  option('record route with room for a part', 7, 6, 4, ...room(3)),
  option('record route with pointer 3', 7, 7, 3, ...room(4)),
  option('record route with pointer 5', 7, 11, 5, ...room(8)),
  option('record route of length 2', 7, 2),
  option('record route of length 3', 7, 3, 4),
  option('record route longer than the header', 7, 30, 4, ...room(4)),
  option('record route twice', 7, 7, 4, ...room(4), 7, 7, 4, ...room(4)),
  option('times alone', 68, 16, 5, 0, ...room(12)),
  option('times with addresses', 68, 36, 5, 1, ...room(32)),
  option(
    'times of chosen hosts, own first',
    68,
    20,
    5,
    3,
    ...OWN,
    ...room(4),
    ...OTHER,
    ...room(4),
  ),
  option(
    'times of chosen hosts, another first',
    68,
    20,
    5,
    3,
    ...OTHER,
    ...room(4),
    ...OWN,
    ...room(4),
  ),
  option('times, full', 68, 8, 9, 0, 1, 2, 3, 4),
  option('times, full, with 14 overflows', 68, 8, 9, 0xe0, 1, 2, 3, 4),
  option('times, full, with 15 overflows', 68, 8, 9, 0xf0, 1, 2, 3, 4),
  option('times with pointer 4', 68, 8, 4, 0, ...room(4)),
  option('times with an unknown flag', 68, 8, 5, 9, ...room(4)),
  option('times with room for a part', 68, 7, 5, 0, ...room(3)),
  option('record route and times', 7, 11, 4, ...room(8), 68, 12, 5, 0, ...room(8)),
  option('NOPs only', 1, 1, 1, 1),
  option('end of list, then octets', 0, 7, 7, 4),
  option('router alert', 148, 4, 0, 0),
  option('security', 130, 11, ...room(9)),
  option('an unknown option', 222, 4, 1, 2),
  option('an unknown option of length 1', 222, 1, 1, 2),
  option('an option without a length', 1, 1, 1, 7),
  option('a loose source route that ends here', 131, 7, 8, ...A),
  option('a strict source route that ends here', 137, 7, 8, ...A),
  option('a loose source route that goes on', 131, 7, 4, ...OTHER),
];

const QUERIES = [
  one('timestamp request', packet(icmp(13, 0, 12))),
  one('timestamp request with code 1', packet(icmp(13, 1, 12))),
  one('timestamp request of 4 octets', packet(icmp(13, 0, 4))),
  one('timestamp request of 3 octets', packet(icmp(13, 0, 3))),
  one('timestamp request of 20 octets', packet(icmp(13, 0, 20))),
  one(
    'timestamp request with TOS and record route',
    packet(icmp(13, 0, 12), { tos: 0xb8, options: [7, 11, 4, ...room(8), 0] }),
  ),
  one('timestamp reply', packet(icmp(14, 0, 12))),
  one('information request', packet(icmp(15, 0, 0))),
  one('address mask request', packet(icmp(17, 0, 4))),
  one('address mask reply', packet(icmp(18, 0, 4))),
  one('router solicitation', packet(icmp(10, 0, 0))),
  one('domain name request', packet(icmp(37, 0, 0))),
  one('ICMP of type 255', packet(icmp(255, 0, 8))),
];

/** Errors that an error must not answer, and those that other packets get. */
function errorCases(): IcmpCase[] {
  const datagram = new Uint8Array(16);
  emitUdpHeader(datagram, PEER, SUBJECT, 4000, 4001);
  const toClosed = packet(datagram, { protocol: PROTOCOL_UDP });
  const about = (message: Uint8Array) => {
    const whole = new Uint8Array(8 + message.byteLength);
    whole.set(message, 8);
    return whole;
  };
  const unreachable = about(toClosed.subarray(0, 28));
  emitIcmp(unreachable, 3, 3, 0, 0);
  const quench = unreachable.slice();
  emitIcmp(quench, 4, 0, 0, 0);
  const truncated = toClosed.slice();
  writeUint16(truncated, 2, 200);
  return [
    one('protocol 200', packet(new Uint8Array(8), { protocol: 200 })),
    one(
      'protocol 200 to the broadcast',
      packet(new Uint8Array(8), { protocol: 200, destination: BROADCAST }),
    ),
    one('destination unreachable about nothing of ours', packet(unreachable)),
    one('source quench', packet(quench)),
    one('a packet shorter than its header says', truncated),
  ];
}

/** Every kind of ICMP query, each with its odd forms. */
export const ICMP_CASES: readonly IcmpCase[] = [
  ...SIZES,
  ...FRAGMENTED,
  ...HEADERS,
  ...ADDRESSES,
  ...OPTIONS,
  ...QUERIES,
  ...errorCases(),
];

const FAR = parseIpv4('192.0.2.99')!;
const R1 = [192, 0, 2, 81];
const R2 = [192, 0, 2, 82];
const FAR_OCTETS = [192, 0, 2, 99];

/** What a sender behind the peer asks, with a source route that ends at the subject. */
const routed = (name: string, payload: Uint8Array, ...options: number[]) => {
  const padded = [...options, ...room(-options.length & 3)];
  return one(name, packet(payload, { source: FAR, options: padded }));
};

/** Queries to a host that accepts source routes. The last router on the way is the peer. */
export const SOURCE_ROUTED_CASES: readonly IcmpCase[] = [
  routed('echo by a loose route of one', echo(8), 131, 7, 8, ...A),
  routed('echo by a loose route of three', echo(8), 131, 15, 16, ...R1, ...R2, ...A),
  routed('echo by a strict route of three', echo(8), 137, 15, 16, ...R1, ...R2, ...A),
  routed('echo by a route behind its sender', echo(8), 131, 11, 12, ...FAR_OCTETS, ...A),
  routed('echo by a route of our own, left', echo(8), 131, 11, 8, ...A, ...OWN),
  routed('echo by a route that goes on', echo(8), 131, 11, 8, ...A, ...OTHER),
  routed('timestamp by a loose route', icmp(13, 0, 12), 131, 11, 12, ...R1, ...A),
  routed(
    'echo with record route, times and a route',
    echo(8),
    ...[7, 7, 4, ...room(4), 131, 11, 12, ...R1, ...A, 68, 12, 5, 0, ...room(8)],
  ),
  one(
    'echo from the peer that recorded itself alone',
    packet(echo(8), { options: [131, 7, 8, ...A, 0] }),
  ),
];

/** Comes last in each case: once it is answered, all before it has been. */
export const SENTINEL = packet(echo(1, 0xfffe, 0xfffe));
