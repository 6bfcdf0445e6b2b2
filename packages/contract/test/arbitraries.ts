/** Random PDUs of every boundary, including edge values. */
import {
  type CapturedFrame,
  type SessionPdu,
  SOCKET_STATES,
  type WireFrame,
} from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import type { LinkGroups, NetworkIndication, NetworkRequest } from '@strata/network';
import type {
  CloseReason,
  SocketEntry,
  TcpFigures,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import {
  type AddressType,
  type ChecksumState,
  ipv4Address,
  type MtuDiscover,
  type TraceContext,
} from '@strata/wire';
import fc from 'fast-check';
import { fieldsOf } from './schema.ts';

const bytes = (maxLength = 300, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const address = fc
  .oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat())
  .map(ipv4Address);
const uint32 = fc.oneof(fc.constantFrom(0, 127, 128, 16_383, 16_384, 0xffffffff), fc.nat());
const octet = fc.nat(255);
const uint53 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 35 - 1, 2 ** 42, 2 ** 49, 2 ** 53 - 1),
  fc.maxSafeNat(),
);
const cast = fc.constantFrom<AddressType>('unicast', 'broadcast', 'multicast');
const checksum = fc.constantFrom<ChecksumState>('complete', 'partial', 'verified');
const segmentSize = fc.oneof(fc.constantFrom(0, 1, 1460, 65_495), fc.nat(65_495));
const trace: fc.Arbitrary<TraceContext | undefined> = fc.option(
  fc.record({ traceId: bytes(16, 16), parentSpanId: bytes(8, 8), flags: octet }),
  { nil: undefined },
);
const meta = { segmentSize, checksum, trace };
/**
 * Characters of one to four octets. Some texts have more than 127 octets, so that their length
 * takes two octets.
 */
const text = fc.string({ unit: 'binary', maxLength: 200 });
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const interfaceIndex = fc.integer({ min: 1, max: 0xffffffff });
const etherType = fc.integer({ min: 0x0600, max: 0xffff });
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** Undefined: not. */
const isForwarded = fc.constantFrom(undefined, true);

export const linkRequest: fc.Arbitrary<LinkRequest> = fc.record({
  ...meta,
  interfaceIndex,
  etherType,
  cast,
  nextHop: address,
  isForwarded,
  packet: bytes(),
  headroomOctets: fc.constant(0),
});

export const linkIndication: fc.Arbitrary<LinkIndication> = fc.oneof(
  fc.record({
    ...meta,
    kind: fc.constant('packet' as const),
    interfaceIndex,
    etherType,
    sourceMac: fc.oneof(fc.constantFrom(0, 0xffffffff, 0xffffffffffff), fc.nat(2 ** 48 - 1)),
    cast,
    packet: bytes(),
    headroomOctets: fc.constant(0),
  }),
  fc.record({
    kind: fc.constant('unreachable' as const),
    interfaceIndex,
    nextHop: address,
    isForwarded,
    packet: bytes(),
  }),
);

const filterMode = fc.constantFrom('include' as const, 'exclude' as const);
const addresses = fc.array(fc.record({ address }), { maxLength: 4 });
const mtuDiscover = fc.constantFrom<MtuDiscover>('dont', 'want', 'do', 'probe');

export const networkRequest: fc.Arbitrary<NetworkRequest> = fc.oneof(
  fc.record({
    ...meta,
    kind: fc.constant('send' as const),
    source: address,
    destination: address,
    protocol: octet,
    ttl: octet,
    tos: octet,
    dontFragment: fc.boolean(),
    mtuDiscover: optional(mtuDiscover),
    interfaceIndex: uint32,
    isPathSuspect: optional(fc.constant(true)),
    noLoop: optional(fc.constant(true)),
    segment: bytes(),
    headroomOctets: fc.constant(0),
  }),
  fc.record({
    kind: fc.constant('reject' as const),
    code: fc.constantFrom(
      'protocol unreachable' as const,
      'port unreachable' as const,
      'administratively prohibited' as const,
    ),
    header: bytes(60, 20),
    cast,
    interfaceIndex: uint32,
    segment: bytes(),
    trace,
  }),
  fc.record({
    kind: fc.constant('path-mtu' as const),
    mtu: fc.nat(65_535),
    protocol: octet,
    source: address,
    destination: address,
    quoted: bytes(),
  }),
  fc.record({
    kind: fc.constant('group' as const),
    socket: uint53,
    group: address,
    interfaceAddress: address,
    mode: filterMode,
    sources: addresses,
  }),
);

export const linkGroups: fc.Arbitrary<LinkGroups> = fc.record({
  interfaceIndex,
  groups: addresses,
});

export const networkIndication: fc.Arbitrary<NetworkIndication> = fc.oneof(
  fc.record({
    ...meta,
    kind: fc.constant('segment' as const),
    source: address,
    destination: address,
    protocol: octet,
    ttl: octet,
    tos: octet,
    interfaceIndex: uint32,
    cast,
    header: optional(bytes(60, 20)),
    segment: bytes(),
  }),
  fc.record({
    kind: fc.constant('error' as const),
    reporter: address,
    type: octet,
    code: octet,
    mtu: fc.nat(65_535),
    protocol: octet,
    source: address,
    destination: address,
    quoted: bytes(),
  }),
);

export const wireFrame: fc.Arbitrary<WireFrame> = fc.record({
  ...meta,
  sourcePort: token,
  frame: bytes(),
  fcs: optional(uint32),
  // The receiver sets them; they are not sent.
  interfaceIndex: fc.constant(0),
  headroomOctets: fc.constant(0),
});

export const capturedFrame: fc.Arbitrary<CapturedFrame> = fc
  .record({
    interfaceIndex,
    interfaceName: fc.string(),
    direction: fc.constantFrom('in' as const, 'out' as const),
    timestampUs: uint53,
    frame: bytes(),
    cutOctets: fc.nat(1000),
    dropReason: optional(fc.string({ minLength: 1 })),
    segmentSize,
    checksum,
  })
  .map(({ cutOctets, ...rest }) => ({
    ...rest,
    originalOctets: rest.frame.byteLength + cutOctets,
  }));

const socketAddress = fc.record({ address, port: fc.nat(65_535) });
const options: fc.Arbitrary<TcpSocketOptions> = fc.record({
  noDelay: optional(fc.boolean()),
  sendBufferOctets: optional(uint32),
  receiveBufferOctets: optional(uint32),
  congestionControl: optional(text),
  maximumSegmentSizeOctets: optional(uint32),
  tos: optional(octet),
  ttl: optional(fc.integer({ min: 1, max: 255 })),
  keepAlive: optional(fc.boolean()),
  keepAliveIdleMs: optional(uint53),
  keepAliveIntervalMs: optional(uint53),
  keepAliveProbes: optional(fc.integer({ min: 1, max: 127 })),
  cork: optional(fc.boolean()),
  urgentInline: optional(fc.boolean()),
  userTimeoutMs: optional(uint53),
  userTimeoutOption: optional(fc.boolean()),
  reuseAddress: optional(fc.boolean()),
  maxPacingRateOctetsPerSecond: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  synRetries: optional(fc.integer({ min: 1, max: 127 })),
});

/** A body without its socket, endpoint and trace. */
type Bare<Body> = Body extends unknown ? Omit<Body, 'socket' | 'endpoint' | 'trace'> : never;

const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const requestBody: fc.Arbitrary<Bare<TransportRequest>> = fc.oneof(
  fc.record({
    kind: kind('send'),
    offset: uint53,
    data: bytes(),
    push: fc.boolean(),
    urgent: fc.boolean(),
  }),
  fc.record({ kind: kind('credit'), limitOctets: uint53 }),
  fc.record({
    kind: kind('datagram'),
    source: address,
    remote: socketAddress,
    data: bytes(),
    ttl: optional(fc.integer({ min: 1, max: 255 })),
    segmentSize: optional(fc.integer({ min: 1, max: 65_495 })),
    noLoop: optional(fc.constant(true)),
    mtuDiscover: optional(mtuDiscover),
  }),
  fc.record({
    kind: kind('set-group'),
    group: address,
    interfaceAddress: address,
    mode: filterMode,
    sources: addresses,
  }),
  fc.record({
    kind: kind('connect'),
    local: socketAddress,
    remote: socketAddress,
    options,
    creditOctets: uint53,
  }),
  fc.record({
    kind: kind('listen'),
    local: socketAddress,
    backlog: uint32,
    options,
    reusePort: optional(fc.boolean()),
  }),
  fc.record({ kind: kind('accept'), creditOctets: uint53 }),
  fc.record({ kind: kind('shutdown') }),
  fc.record({ kind: kind('close') }),
  fc.record({ kind: kind('abort') }),
  fc.record({ kind: kind('set-options'), options }),
  fc.record({ kind: kind('get-info') }),
  fc.record({
    kind: kind('bind'),
    local: socketAddress,
    receiveBufferOctets: optional(uint53),
    reuseAddress: optional(fc.boolean()),
    broadcast: optional(fc.boolean()),
    creditOctets: uint53,
  }),
);

const reason = fc.constantFrom<CloseReason>(
  'finished',
  'aborted',
  'reset',
  'refused',
  'timed out',
  'host unreachable',
  'network unreachable',
  'address in use',
  'address not available',
  'no ports',
  'no buffers',
  'invalid',
  'access denied',
  'overflow',
  'shut down',
  'message too long',
);

const double = fc.double({ min: 0, noNaN: true });
const BY_TYPE: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  uint32,
  uint64: uint53,
  double,
  bool: fc.boolean(),
  string: text,
};
const figures = fc.record(
  Object.fromEntries(fieldsOf('TcpFigures').map(({ name, type }) => [name, BY_TYPE[type]!])),
) as unknown as fc.Arbitrary<TcpFigures>;
const entry: fc.Arbitrary<SocketEntry> = fc.record({
  socket: uint53,
  protocol: uint32,
  state: fc.constantFrom(...SOCKET_STATES),
  local: socketAddress,
  remote: socketAddress,
  receiveQueue: uint53,
  sendQueue: uint53,
  endpoint: text,
  tcp: optional(figures),
  timers: fc.array(fc.record({ name: text, ms: double }), { maxLength: 3 }),
});

const indicationBody: fc.Arbitrary<Bare<TransportIndication>> = fc.oneof(
  fc.record({ kind: kind('data'), offset: uint53, data: bytes() }),
  fc.record({ kind: kind('credit'), limitOctets: uint53, acknowledgedOctets: uint53 }),
  fc.record({
    kind: kind('datagram'),
    local: socketAddress,
    remote: socketAddress,
    ttl: octet,
    data: bytes(),
  }),
  fc.record({
    kind: kind('offer'),
    listener: uint53,
    local: socketAddress,
    remote: socketAddress,
    sendCreditOctets: uint53,
  }),
  fc.record({
    kind: kind('connected'),
    local: socketAddress,
    remote: socketAddress,
    sendCreditOctets: uint53,
  }),
  fc.record({ kind: kind('listening'), local: socketAddress }),
  fc.record({ kind: kind('bound'), local: socketAddress }),
  fc.record({ kind: kind('end'), offset: uint53 }),
  fc.record({ kind: kind('urgent'), offset: uint53, octet: optional(octet) }),
  fc.record({ kind: kind('closed'), reason, detail: text }),
  fc.record({ kind: kind('info'), entry }),
  fc.record({
    kind: kind('error'),
    reason,
    remote: socketAddress,
    detail: text,
    mtu: optional(fc.integer({ min: 0, max: 65_535 })),
  }),
);

const envelope = {
  socket: uint53.filter((socket) => socket > 0),
  endpoint: token,
  sequence: uint53,
  acknowledge: uint53,
};

/** Kinds of request that contain their endpoint. */
const NAMING = new Set(['connect', 'listen', 'accept', 'bind']);

export const transportRequest: fc.Arbitrary<SessionPdu<TransportRequest>> = fc
  .record({ ...envelope, bare: optional(requestBody), trace })
  .map(({ bare, trace, ...rest }) => {
    if (bare === undefined) return { ...rest, body: undefined };
    const { socket, endpoint } = rest;
    const own = NAMING.has(bare.kind) ? { socket, endpoint, trace } : { socket, trace };
    return { ...rest, body: { ...bare, ...own } as TransportRequest };
  });

export const transportIndication: fc.Arbitrary<SessionPdu<TransportIndication>> = fc
  .record({ ...envelope, bare: optional(indicationBody), trace })
  .map(({ bare, trace, ...rest }) => {
    if (bare === undefined) return { ...rest, body: undefined };
    const { socket, endpoint } = rest;
    return { ...rest, body: { ...bare, socket, endpoint, trace } as TransportIndication };
  });
