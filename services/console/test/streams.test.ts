import {
  linkRequestChannel,
  networkIndicationChannel,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import {
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  hasValidTransportChecksum,
  ipv4Address,
  PROTOCOL_TCP,
  TCP_ACK,
} from '@strata/wire';
import { PcapngStream, type TraceEvent } from '../src/index.ts';
import { Fixture, readLines } from './fixture.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = new Fixture();
  await fixture.start();
});

afterEach(() => fixture.stop());

const META = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** A UDP datagram from 192.0.2.3:5000 to 192.0.2.2:7, `hi`, its packet and its frame. */
const UDP = hex('1388 0007 000a 0000 6869');
const PACKET = hex('4500 001e 0001 4000 4011 b6c8 c0000203 c0000202 1388 0007 000a 0000 6869');
const FRAME = Uint8Array.from([...hex('020000000002 020000000003 0800'), ...PACKET]);

/** A packet of TCP from 192.0.2.2 to 192.0.2.3, its checksum the sum of the pseudo-header. */
function superPacket(dataOctets: number) {
  const headers = new Uint8Array(40);
  const [source, destination] = [ipv4Address(0xc0000202), ipv4Address(0xc0000203)];
  emitIpv4Header(headers, {
    tos: 0,
    totalOctets: 40 + dataOctets,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source,
    destination,
  });
  const segment = headers.subarray(20);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 9,
    sequence: 1,
    acknowledgment: 1,
    flags: TCP_ACK,
    window: 1,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(segment, source, destination, dataOctets);
  return { headers, data: new Uint8Array(dataOctets).fill(0x78) };
}

function publishAll(): void {
  const { bus } = fixture;
  bus.publish(linkRequestChannel('server'), [
    {
      ...META,
      interfaceIndex: 1,
      etherType: 0x0800,
      cast: 'unicast',
      nextHop: ipv4Address(0xc0000201),
      packet: PACKET,
      headroomOctets: 0,
    },
  ]);
  bus.publish(networkIndicationChannel('server'), [
    {
      ...META,
      kind: 'segment',
      source: ipv4Address(0xc0000203),
      destination: ipv4Address(0xc0000202),
      protocol: 17,
      ttl: 64,
      tos: 0,
      interfaceIndex: 1,
      cast: 'unicast',
      segment: UDP,
    },
  ]);
  const session = { socket: 70, endpoint: 'app', sequence: 0, acknowledge: 0 };
  bus.publish(transportRequestChannel('server'), [
    { ...session, body: { kind: 'send', socket: 70, offset: 10, data: UDP, push: true } },
    // A bare acknowledgement says nothing to a reader.
    { ...session, body: undefined },
  ]);
  bus.publish(transportIndicationChannel('server'), [
    {
      ...session,
      body: { kind: 'closed', socket: 70, endpoint: 'app', reason: 'reset', detail: 'RST came' },
    },
  ]);
}

describe('GET /api/trace', () => {
  it('streams the PDUs of each boundary, with their layer', async () => {
    const response = await fixture.fetch('/api/trace?stack=server');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    publishAll();
    fixture.capture(FRAME);
    const events = (await readLines(response, 5)) as TraceEvent[];
    const byBoundary = Object.fromEntries(
      events.map((event) => [`${event.boundary} ${event.direction}`, event]),
    );
    expect(byBoundary['link/network down']).toMatchObject({
      stack: 'server',
      layer: 'network',
      pdu: 'packet',
      octets: 30,
      text: '192.0.2.3.5000 > 192.0.2.2.7: UDP, length 2 (via 192.0.2.1, if 1)',
    });
    expect(byBoundary['network/transport up']).toMatchObject({
      layer: 'transport',
      pdu: 'datagram',
      text: '192.0.2.3.5000 > 192.0.2.2.7: UDP, length 2',
    });
    expect(byBoundary['transport/application down']).toMatchObject({
      layer: 'application',
      pdu: 'data',
      octets: 10,
      text: 'socket 70 of app: send 10 octets at 10, push',
    });
    expect(byBoundary['transport/application up']).toMatchObject({
      pdu: 'closed',
      text: 'socket 70 of app: closed reset: RST came',
    });
    expect(byBoundary['wire up']).toMatchObject({
      layer: 'link',
      pdu: 'frame',
      epochMs: 1_700_000_000_000,
      text: expect.stringContaining('02:00:00:00:00:03 > 02:00:00:00:00:02'),
    });
  });

  it('marks super-segments and partial checksums at each boundary, as on the wire', async () => {
    const { bus } = fixture;
    const response = await fixture.fetch('/api/trace?stack=server');
    const meta = { ...META, segmentSize: 1000, checksum: 'partial' } as const;
    const { headers, data } = superPacket(2500);
    const packet = Uint8Array.from([...headers, ...data]);
    const to = { etherType: 0x0800, cast: 'unicast', interfaceIndex: 1 } as const;
    bus.publish(linkRequestChannel('server'), [
      // The data lies elsewhere, as on its way down.
      {
        ...meta,
        ...to,
        nextHop: ipv4Address(0xc0000203),
        packet: headers,
        tail: [data],
        headroomOctets: 0,
      },
    ]);
    const segment = packet.subarray(20);
    bus.publish(networkIndicationChannel('server'), [
      {
        ...meta,
        kind: 'segment',
        source: ipv4Address(0xc0000202),
        destination: ipv4Address(0xc0000203),
        protocol: 6,
        ttl: 64,
        tos: 0,
        interfaceIndex: 1,
        cast: 'unicast',
        segment,
      },
    ]);
    fixture.capture(Uint8Array.from([...FRAME.subarray(0, 14), ...packet]), 1, meta);
    fixture.capture(FRAME, 1, { checksum: 'partial' });
    const events = (await readLines(response, 4)) as TraceEvent[];
    const textOf = (boundary: string) =>
      events.filter((event) => event.boundary === boundary).map(({ text }) => text);
    const mark = 'length 2500 (GSO 1000 x 3, checksum partial)';
    expect(textOf('link/network')).toEqual([expect.stringContaining(`${mark} (via 192.0.2.3, if`)]);
    expect(textOf('network/transport')).toEqual([
      expect.stringMatching(/length 2500 \(GSO 1000 x 3/),
    ]);
    expect(textOf('wire')).toEqual([
      expect.stringContaining(mark),
      expect.stringMatching(/UDP, length 2 \(checksum partial\)$/),
    ]);
  });

  it('shows the layers that are asked for, with their octets', async () => {
    const response = await fixture.fetch('/api/trace?layer=transport&hex=1');
    publishAll();
    const [event] = (await readLines(response, 1)) as TraceEvent[];
    expect(event).toMatchObject({ layer: 'transport', hex: '13880007000a00006869' });
    expect(fixture.leases).toEqual([]);
  });

  it('refuses an unknown layer', async () => {
    const response = await fixture.fetch('/api/trace?layer=session');
    expect(response.status).toBe(400);
  });
});

describe('GET /api/capture', () => {
  it('has link capture, by a lease that ends by itself', async () => {
    const response = await fixture.fetch('/api/capture?stack=server');
    expect(fixture.leases).toHaveLength(1);
    expect(fixture.leases[0]).toBeGreaterThan(1000);
    await response.body!.cancel();
  });

  it('streams pcapng: the section, each interface once, then its frames', async () => {
    const response = await fixture.fetch('/api/capture?stack=server');
    fixture.capture(FRAME);
    fixture.capture(FRAME);
    fixture.capture(FRAME, 2);
    const types: number[] = [];
    let pending = Buffer.alloc(0);
    const reader = response.body!.getReader();
    while (types.length < 6) {
      const { value } = await reader.read();
      pending = Buffer.concat([pending, value!]);
      while (pending.byteLength >= 8 && pending.byteLength >= pending.readUInt32LE(4)) {
        types.push(pending.readUInt32LE(0));
        pending = pending.subarray(pending.readUInt32LE(4));
      }
    }
    await reader.cancel();
    expect(types).toEqual([0x0a0d0d0a, 1, 6, 6, 1, 6]);
  });

  it('gives frames as JSON lines to those who ask', async () => {
    const response = await fixture.fetch('/api/capture?stack=server&format=ndjson');
    fixture.capture(FRAME);
    const [frame] = await readLines(response, 1);
    expect(frame).toMatchObject({
      stack: 'server',
      interfaceName: 'eth0',
      frame: Buffer.from(FRAME).toString('hex'),
    });
  });

  it.each(['format=pcap', 'snap=-1', 'snap=300000'])('refuses %s', async (query) => {
    expect((await fixture.fetch(`/api/capture?${query}`)).status).toBe(400);
  });
});

describe('PcapngStream', () => {
  const captured = (frame: Uint8Array, more: object) => ({
    interfaceIndex: 1,
    interfaceName: 'eth0',
    direction: 'out' as const,
    timestampUs: 1,
    frame,
    originalOctets: frame.byteLength,
    dropReason: undefined,
    segmentSize: 0,
    checksum: 'complete' as const,
    ...more,
  });
  /** The comment, and the bits of epb_flags, of the block. */
  const read = (block: Uint8Array) => {
    const bytes = Buffer.from(block);
    const options = new Map<number, Buffer>();
    let at = 28 + ((bytes.readUInt32LE(20) + 3) & ~3);
    while (at < bytes.byteLength - 4 && bytes.readUInt16LE(at) !== 0) {
      const octets = bytes.readUInt16LE(at + 2);
      options.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, at + 4 + octets));
      at += 4 + ((octets + 3) & ~3);
    }
    return [options.get(1)?.toString(), options.get(2)?.readUInt32LE(0)];
  };

  it('says of a frame what a wire would not show, and completes a partial checksum', () => {
    const { headers, data } = superPacket(2500);
    const frame = Uint8Array.from([...FRAME.subarray(0, 14), ...headers, ...data]);
    const stream = new PcapngStream();
    const meta = { segmentSize: 1000, checksum: 'partial' };
    const block = stream.frame('server', captured(frame, meta));
    expect(read(block)).toEqual([
      'GSO 1000 x 3, checksum partial (completed in this capture)',
      0x802,
    ]);
    expect(hasValidTransportChecksum(block.slice(28 + 14, 28 + frame.byteLength))).toBe(true);
  });

  it.each([
    [{}, undefined, 2],
    [{ direction: 'in', checksum: 'verified' }, undefined, 0x401],
    [{ direction: 'in', segmentSize: 1000 }, 'GSO 1000 x 3', 0x801],
    [{ checksum: 'partial', originalOctets: 9000 }, 'checksum partial', 2],
    [
      { dropReason: 'rx_x', checksum: 'partial', originalOctets: 9000 },
      'dropped: rx_x; checksum partial',
      2,
    ],
  ])('marks %j', (more, comment, flags) => {
    const { headers, data } = superPacket(2500);
    const frame = Uint8Array.from([...FRAME.subarray(0, 14), ...headers, ...data]);
    expect(read(new PcapngStream().frame('server', captured(frame, more)))).toEqual([
      comment,
      flags,
    ]);
  });
});

describe('The end of the console', () => {
  it('ends the streams that it serves', async () => {
    const response = await fixture.fetch('/api/trace?layer=application');
    const ended = response.text().catch(() => 'cut');
    await fixture.stop();
    expect(['', 'cut']).toContain(await ended);
  });
});
