import {
  type Channel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  shardKeys,
  shardOfFlow,
  shardOfPacket,
  transportIndicationChannel,
  transportRequestChannel,
  wireChannel,
} from '@strata/contract';
import type { LinkRequest } from '@strata/link';
import type { NetworkSendRequest } from '@strata/network';
import {
  emitIpv4Header,
  type IpAddress,
  ipv4Address,
  type TraceContext,
  UNSPECIFIED_IPV4,
} from '@strata/wire';

const STACK = ipv4Address(0xc0000202);
const PEER = ipv4Address(0xc0000201);
const FLOW = `${shardOfFlow(6, STACK, 80, PEER, 40_000)}`;

const META = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
const LINK = { ...META, interfaceIndex: 1, etherType: 0x0800, cast: 'unicast' } as const;

/** The start of a segment: its ports and 16 more octets. */
/** The fields that the receiver sets. */
const ON_WIRE = { interfaceIndex: 0, headroomOctets: 0 };

function segment(sourcePort: number, destinationPort: number): Uint8Array {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint16(0, sourcePort);
  new DataView(bytes.buffer).setUint16(2, destinationPort);
  return bytes;
}

function packet(source: IpAddress, destination: IpAddress, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + payload.byteLength);
  emitIpv4Header(bytes, {
    tos: 0,
    totalOctets: bytes.byteLength,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: 6,
    source,
    destination,
  });
  bytes.set(payload, 20);
  return bytes;
}

const OUT = packet(STACK, PEER, segment(80, 40_000));
const IN = packet(PEER, STACK, segment(40_000, 80));

const linkRequest: LinkRequest = { ...LINK, nextHop: PEER, packet: OUT, headroomOctets: 0 };
const send: NetworkSendRequest = {
  ...META,
  kind: 'send',
  source: STACK,
  destination: PEER,
  protocol: 6,
  ttl: 64,
  tos: 0,
  dontFragment: true,
  interfaceIndex: 0,
  segment: segment(80, 40_000),
  headroomOctets: 0,
};

describe('A PDU with a tail', () => {
  const data = Uint8Array.from({ length: 5000 }, (_, index) => index);
  const tail = [data.subarray(0, 10), data.subarray(10)];
  const whole = (bytes: Uint8Array) => Buffer.concat([bytes, data]);
  const frame = new Uint8Array([...Array<number>(14).fill(2), ...OUT]);
  const onWire = { ...META, ...ON_WIRE, sourcePort: 'p1', fcs: undefined, frame };
  const superSegment = { segmentSize: 1460, checksum: 'partial' } as const;

  it.each([
    ['network request', networkRequestChannel('s'), { ...send, ...superSegment }, 'segment'],
    ['link request', linkRequestChannel('s'), { ...linkRequest, ...superSegment }, 'packet'],
    ['frame', wireChannel('lan'), { ...onWire, ...superSegment }, 'frame'],
  ] as [string, Channel<unknown>, Record<string, unknown>, string][])(
    'is counted, encoded and cloned as one without a tail: %s',
    (_name, channel, pdu, field) => {
      const joined = { ...pdu, [field]: whole(pdu[field] as Uint8Array) };
      const gathered = { ...pdu, tail };
      expect(channel.sizeOf(gathered)).toBe(channel.sizeOf(joined));
      expect(channel.keyOf(gathered)).toBe(channel.keyOf(joined));
      const encoded = channel.encode([gathered, joined]);
      expect(encoded).toEqual(channel.encode([joined, joined]));
      const clone = channel.clone!(gathered) as Record<string, unknown>;
      expect(clone['tail']).toBeUndefined();
      expect(Buffer.from(clone[field] as Uint8Array)).toEqual(joined[field]);
      expect((clone[field] as Uint8Array).buffer).not.toBe(data.buffer);
    },
  );
});

describe('the key', () => {
  const linkRequests = linkRequestChannel('s');
  const linkIndications = linkIndicationChannel('s');
  const networkRequests = networkRequestChannel('s');
  const networkIndications = networkIndicationChannel('s');

  it('is the shard of the flow at every boundary and in both directions', () => {
    const came = { ...META, protocol: 6, ttl: 64, tos: 0, interfaceIndex: 1 } as const;
    const keys = [
      linkRequests.keyOf(linkRequest),
      linkIndications.keyOf({ ...LINK, kind: 'packet', sourceMac: 1, packet: IN }),
      linkIndications.keyOf({
        kind: 'unreachable',
        interfaceIndex: 1,
        nextHop: ipv4Address(1),
        packet: OUT,
      }),
      networkRequests.keyOf(send),
      networkRequests.keyOf({
        kind: 'reject',
        code: 'port unreachable',
        header: IN.subarray(0, 20),
        cast: 'unicast',
        interfaceIndex: 1,
        segment: IN.subarray(20),
        trace: undefined,
      }),
      networkRequests.keyOf({
        kind: 'path-mtu',
        mtu: 1400,
        protocol: 6,
        source: STACK,
        destination: PEER,
        quoted: segment(80, 40_000),
      }),
      networkIndications.keyOf({
        ...came,
        kind: 'segment',
        source: PEER,
        destination: STACK,
        cast: 'unicast',
        segment: segment(40_000, 80),
      }),
      networkIndications.keyOf({
        kind: 'error',
        reporter: ipv4Address(0x0a000001),
        type: 3,
        code: 1,
        mtu: 0,
        protocol: 6,
        source: STACK,
        destination: PEER,
        quoted: segment(80, 40_000),
      }),
    ];
    expect(keys).toEqual(keys.map(() => FLOW));
    expect(shardOfPacket(OUT, 'out')).toBe(Number(FLOW));
    expect(shardKeys()).toContain(FLOW);
  });

  it('is shard 0 for a packet that is not IPv4', () => {
    expect(linkRequests.keyOf({ ...linkRequest, etherType: 0x0806 })).toBe('0');
    const other = { ...LINK, etherType: 0x86dd, kind: 'packet', sourceMac: 1, packet: IN } as const;
    expect(linkIndications.keyOf(other)).toBe('0');
  });

  it('of a socket is its shard in requests and its endpoint in indications', () => {
    const pdu = { socket: 64 * 1000 + 17, endpoint: 'http-1', sequence: 1, acknowledge: 0 };
    expect(transportRequestChannel('s').keyOf({ ...pdu, body: undefined })).toBe('17');
    expect(transportIndicationChannel('s').keyOf({ ...pdu, body: undefined })).toBe('http-1');
  });

  it.each([
    ['a station', [0x02, 0, 0, 0xab, 0, 0x01], '020000ab0001'],
    ['all', [255, 255, 255, 255, 255, 255], 'all'],
    ['a group', [0x01, 0, 0x5e, 0, 0, 1], 'all'],
    ['nobody, cut short', [2, 0, 0], 'all'],
  ])('of a frame to %s', (_, octets, key) => {
    const frame = Uint8Array.from(octets);
    const pdu = { ...META, ...ON_WIRE, sourcePort: 'a', frame, fcs: undefined };
    expect(wireChannel('lan').keyOf(pdu)).toBe(key);
  });
});

describe('a decoded request', () => {
  const trace: TraceContext = {
    traceId: new Uint8Array(16).fill(1),
    parentSpanId: new Uint8Array(8).fill(2),
    flags: 1,
  };

  it('has headroom: an Ethernet header written there changes nothing else', () => {
    const channel = linkRequestChannel('s');
    const batch = [linkRequest, { ...linkRequest, trace }, linkRequest];
    const decoded = channel.decode(Uint8Array.from(channel.encode(batch)));
    for (const { packet, headroomOctets } of decoded) {
      expect(headroomOctets).toBeGreaterThanOrEqual(14);
      new Uint8Array(packet.buffer, packet.byteOffset - headroomOctets, headroomOctets).fill(0xee);
    }
    expect(decoded.map((pdu) => ({ ...pdu, headroomOctets: 0 }))).toEqual(batch);
  });

  it('has headroom: an IPv4 header written there changes nothing else', () => {
    const channel = networkRequestChannel('s');
    const batch = [send, { ...send, trace }, send];
    const decoded = channel.decode(Uint8Array.from(channel.encode(batch)));
    for (const pdu of decoded) {
      if (pdu.kind !== 'send') throw new Error('a reject');
      const { segment, headroomOctets } = pdu;
      expect(headroomOctets).toBeGreaterThanOrEqual(20);
      new Uint8Array(segment.buffer, segment.byteOffset - headroomOctets, headroomOctets).fill(1);
    }
    expect(decoded.map((pdu) => ({ ...pdu, headroomOctets: 0 }))).toEqual(batch);
  });
});

describe('a value that cannot be sent', () => {
  const requests = transportRequestChannel('s');
  const credit = { kind: 'credit', socket: 1, limitOctets: 1 } as const;
  const pdu = { socket: 1, endpoint: 'a', sequence: 1, acknowledge: 0, body: credit };
  const frame = { ...META, ...ON_WIRE, sourcePort: 'a', frame: new Uint8Array(14), fcs: undefined };
  const listen = {
    kind: 'listen',
    socket: 1,
    endpoint: 'b',
    local: { address: UNSPECIFIED_IPV4, port: 80 },
    backlog: 1,
    options: {},
  } as const;

  it.each([
    ['a fraction', () => requests.encode([{ ...pdu, body: { ...credit, limitOctets: 0.5 } }])],
    ['a negative number', () => requests.encode([{ ...pdu, sequence: -1 }])],
    ['not a number', () => requests.encode([{ ...pdu, acknowledge: Number.NaN }])],
    ['2^53', () => requests.encode([{ ...pdu, sequence: 2 ** 53 }])],
    ['an endpoint that is not a token', () => requests.encode([{ ...pdu, endpoint: 'a.b' }])],
    ['a body of another socket', () => requests.encode([{ ...pdu, socket: 2 }])],
    ['a body of another endpoint', () => requests.encode([{ ...pdu, body: listen }])],
    ['a port that is not a token', () => wireChannel('w').encode([{ ...frame, sourcePort: '' }])],
    [
      'a trace id of 15 octets',
      () => {
        const trace = {
          traceId: new Uint8Array(15),
          parentSpanId: new Uint8Array(8),
          flags: 1,
        };
        return wireChannel('w').encode([{ ...frame, trace }]);
      },
    ],
  ])('%s is refused', (_, encode) => {
    expect(encode).toThrow(
      expect.objectContaining({ name: 'ContractError', code: 'CONTRACT_RANGE' }),
    );
  });
});
