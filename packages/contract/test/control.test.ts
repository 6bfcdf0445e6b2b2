import {
  type ControlReply,
  type ControlRequest,
  decodeControlReply,
  decodeControlRequest,
  encodeControlReply,
  encodeControlRequest,
  type ProbeEvent,
  type ProbeRequest,
  type TcpFigures,
} from '@strata/contract';
import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';
import fc from 'fast-check';
import { INTERFACE } from './control-kit.ts';

const IMPAIRMENT = {
  lossRatio: 0.02,
  duplicateRatio: 0.5,
  reorderRatio: 1,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 20.5,
  jitterMs: 3,
  rateBitsPerSecond: 1e9,
  seed: 0xffffffff,
};

const TCP: TcpFigures = {
  sndUna: 0xffffffff,
  sndNxt: 1,
  sndWnd: 65_535,
  rcvNxt: 2,
  rcvWnd: 3,
  srttMs: 0.25,
  rttvarMs: 0.125,
  rtoMs: 200,
  cwndOctets: 14_600,
  ssthreshOctets: 0xffffffff,
  mss: 1460,
  sendWindowScale: 7,
  receiveWindowScale: 14,
  windowScaling: true,
  timestamps: true,
  sack: false,
  ecn: true,
  congestionControl: 'reno',
  congestionState: 'open',
  acknowledgedOctets: 2 ** 53 - 1,
  inFlightOctets: 4,
  sendableOctets: 5,
  unsendableOctets: 6,
  receivedOctets: 7,
  segmentsIn: 8,
  segmentsOut: 9,
  retransmittedSegments: 10,
  retries: 11,
  timer: 'retransmission',
  timerMs: 12.5,
  iss: 14,
  irs: 15,
  receiveMss: 16,
  advertisedMss: 17,
  pathMtu: 18,
  minRttMs: 19.5,
  atoMs: 20.5,
  ecnSeen: true,
  receiveBufferOctets: 21,
  sendBufferOctets: 22,
  sentOctets: 23,
  retransmittedOctets: 24,
  dataSegmentsIn: 25,
  dataSegmentsOut: 26,
  unackedSegments: 27,
  resentSegments: 28,
  lostSegments: 29,
  sackedSegments: 30,
  deliveredSegments: 31,
  deliveredCeSegments: 32,
  reorderingSegments: 33,
  reorderingSeen: 34,
  duplicateAcks: 35,
  duplicateSacks: 36,
  outOfOrder: 37,
  ageMs: 38.5,
  sinceSentMs: 39.5,
  sinceReceivedMs: 40.5,
  sinceAckMs: 41.5,
  pacingRate: 42,
  maxPacingRate: 43,
  deliveryRate: 44,
  appLimited: true,
  busyMs: 45.5,
  receiveWindowLimitedMs: 46.5,
  sendBufferLimitedMs: 47.5,
  receiverRttMs: 48.5,
  receiveSpaceOctets: 49,
};

const PROBE: ProbeRequest = {
  kind: 'echo',
  destination: ipv4Address(0xc0000202),
  source: UNSPECIFIED_IPV4,
  interfaceName: '',
  ttl: 0,
  tos: 0,
  fragmentation: 'want',
  octets: 56,
  pattern: new Uint8Array(0),
  options: new Uint8Array(0),
  sequence: 0,
  identifier: 0,
  sourcePort: 0,
  destinationPort: 0,
  timeoutMs: 1000,
  allowBroadcast: false,
};

const SYN: ProbeRequest = {
  kind: 'tcp',
  destination: ipv4Address(0xffffffff),
  source: ipv4Address(0xc0000201),
  interfaceName: 'eth0',
  ttl: 255,
  tos: 0xb8,
  fragmentation: 'probe',
  octets: 65_507,
  pattern: new Uint8Array([0xab, 0xcd]),
  options: new Uint8Array([7, 3, 4, 0]),
  sequence: 65_535,
  identifier: 65_535,
  sourcePort: 61_000,
  destinationPort: 80,
  timeoutMs: 600_000,
  allowBroadcast: true,
};

const TIMED_OUT: ProbeEvent = {
  sequence: 0,
  outcome: 'timeout',
  from: UNSPECIFIED_IPV4,
  ttl: 0,
  tos: 0,
  rttMs: 0,
  octets: 0,
  options: new Uint8Array(0),
  isDuplicate: false,
  isLate: false,
  type: 0,
  code: 0,
  mtu: 0,
  gateway: UNSPECIFIED_IPV4,
  pointer: 0,
  isLocal: false,
  quoted: new Uint8Array(0),
  data: undefined,
  hasBadChecksum: false,
  error: '',
};

const ANSWERED: ProbeEvent = {
  sequence: 65_535,
  outcome: 'icmp error',
  from: ipv4Address(0xc0000201),
  ttl: 63,
  tos: 0xc0,
  rttMs: 0.0625,
  octets: 64,
  options: new Uint8Array([7, 3, 4, 0]),
  isDuplicate: true,
  isLate: true,
  type: 3,
  code: 4,
  mtu: 1400,
  gateway: ipv4Address(1),
  pointer: 20,
  isLocal: true,
  quoted: new Uint8Array([0x45]),
  data: new Uint8Array([1, 2]),
  hasBadChecksum: true,
  error: 'EMSGSIZE',
};

const REQUESTS: readonly ControlRequest[] = [
  { kind: 'interfaces' },
  { kind: 'neighbours' },
  { kind: 'routes' },
  { kind: 'sockets' },
  { kind: 'sockets', socket: 2 ** 53 - 1 },
  { kind: 'sockets', protocol: 17, states: ['CLOSED', 'UNCONNECTED'] },
  { kind: 'sysctl-get', names: [] },
  { kind: 'sysctl-get', names: ['net.ipv4.tcp_syn_retries', 'net.ipv4.ip_forward'] },
  { kind: 'sysctl-set', name: 'net.ipv4.tcp_rmem', value: '4096\t131072\t6291456' },
  { kind: 'counters' },
  { kind: 'impairment-get', interfaceName: 'eth0' },
  { kind: 'impairment-set', interfaceName: 'eth0', impairment: IMPAIRMENT },
  { kind: 'features-get', interfaceName: '' },
  { kind: 'features-get', interfaceName: 'eth0' },
  { kind: 'features-set', interfaceName: 'eth0', switches: [] },
  {
    kind: 'features-set',
    interfaceName: 'strata0',
    switches: [
      { name: 'tso', on: false },
      { name: 'rx-checksumming', on: true },
    ],
  },
  { kind: 'capture', leaseMs: 0, snapOctets: 0 },
  { kind: 'capture', leaseMs: 60_000, snapOctets: 262_144 },
  { kind: 'probe', session: 0, probes: [], waitMs: 0, end: false },
  { kind: 'probe', session: 65_535, probes: [PROBE, SYN], waitMs: 60_000, end: true },
  { kind: 'health' },
];

const socket = {
  socket: 2 ** 53 - 1,
  protocol: 6,
  state: 'ESTABLISHED',
  local: { address: ipv4Address(0xc0000202), port: 80 },
  remote: { address: ipv4Address(0xc0000201), port: 40_000 },
  receiveQueue: 1,
  sendQueue: 2,
  endpoint: 'http-1',
} as const;

const REPLIES: readonly ControlReply[] = [
  { kind: 'error', code: 'out-of-range', message: 'mtu is 20: must be 68 to 65535' },
  { kind: 'interfaces', interfaces: [] },
  {
    kind: 'interfaces',
    interfaces: [INTERFACE],
  },
  {
    kind: 'sockets',
    sockets: [
      { ...socket, tcp: TCP, timers: [{ name: 'retransmission', ms: 12.5 }] },
      { ...socket, protocol: 17, state: 'UNCONNECTED', tcp: undefined, timers: [] },
    ],
  },
  { kind: 'sysctls', sysctls: [{ name: 'net.ipv4.ip_forward', value: '0' }] },
  { kind: 'counters', counters: { InSegs: 1, OutRsts: 0 } },
  { kind: 'impairment', impairment: IMPAIRMENT },
  { kind: 'features', interfaces: [] },
  {
    kind: 'features',
    interfaces: [
      { name: 'eth0', kind: 'wire', features: [] },
      {
        name: 'strata0',
        kind: 'tap',
        features: [
          { name: 'tx-checksumming', active: false, requested: false, fixed: false },
          { name: 'tcp-segmentation-offload', active: false, requested: true, fixed: false },
          { name: 'generic-segmentation-offload', active: true, requested: true, fixed: true },
        ],
      },
    ],
  },
  { kind: 'capture', leaseMs: 1000 },
  { kind: 'probes', session: 65_535, events: [TIMED_OUT, ANSWERED], lost: 3 },
  { kind: 'probes', session: 1, events: [{ ...TIMED_OUT, data: new Uint8Array(0) }], lost: 0 },
  {
    kind: 'health',
    health: { status: 'failing', layer: 'link', version: '0.1.0', uptimeMs: 5, detail: 'no NATS' },
  },
  {
    kind: 'health',
    health: {
      status: 'ready',
      layer: 'application',
      version: '0.1.0',
      uptimeMs: 5,
      detail: '',
      instance: 'web-1.example',
    },
  },
];

describe('control', () => {
  it.each(REQUESTS)('carries the request $kind', (request) => {
    expect(decodeControlRequest(encodeControlRequest(request))).toEqual(request);
  });

  it('refuses an unknown socket state: a filter without states would select all sockets', () => {
    const request = encodeControlRequest({ kind: 'sockets', states: ['UNCONNECTED'] });
    request[request.length - 1] = 12;
    expect(() => decodeControlRequest(request)).toThrow('states is 12');
  });

  it.each(REPLIES)('carries the reply $kind', (reply) => {
    expect(decodeControlReply(encodeControlReply(reply))).toEqual(reply);
  });

  it('rounds values that the contract has in whole milliseconds', () => {
    const health = { status: 'ready', layer: 'link', version: '1', uptimeMs: 5.6, detail: '' };
    const reply = { kind: 'health', health } as ControlReply;
    expect(decodeControlReply(encodeControlReply(reply))).toMatchObject({
      health: { uptimeMs: 6 },
    });
  });

  it.each([
    [
      '65 probes',
      { probes: Array.from({ length: 65 }, () => PROBE) },
      'probes is 65: must be 0 to 64',
    ],
    ['a wait of more than a minute', { waitMs: 60_001 }, 'wait_ms is 60001: must be 0 to 60000'],
  ])('refuses a request with %s', (_what, changes, message) => {
    const request = { kind: 'probe', session: 0, probes: [], waitMs: 0, end: false } as const;
    const body = encodeControlRequest({ ...request, ...changes });
    expect(() => decodeControlRequest(body)).toThrow(message);
  });

  it('throws only ContractError for bytes that are not a message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [decodeControlRequest, decodeControlReply]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ContractError' });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
