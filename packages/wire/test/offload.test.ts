import fc from 'fast-check';
import {
  type ChecksumState,
  checksumFold,
  completeChecksum,
  completeSegmentChecksum,
  cutSuperSegment,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  emitUdpHeader,
  emitUdpPartialHeader,
  firstDatagram,
  HEADROOM_OCTETS,
  hasValidTransportChecksum,
  Ipv4Packet,
  joinTail,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  parseIpv4,
  pseudoHeaderSum,
  TCP_ACK,
  TCP_CWR,
  TCP_FIN,
  TCP_PSH,
  TCP_URG,
  type TcpOptions,
  TcpSegment,
  tailOctets,
  tcpHeaderOctets,
  UdpDatagram,
  writeUint16,
} from '../src/index.ts';
import { counting, parsed } from './support.ts';

const A = parseIpv4('192.0.2.1')!;
const B = parseIpv4('192.0.2.2')!;

const IP = {
  tos: 0,
  identification: 1,
  dontFragment: true,
  moreFragments: false,
  fragmentOffsetOctets: 0,
  ttl: 64,
  protocol: PROTOCOL_UDP,
  source: A,
  destination: B,
};

interface Super {
  readonly dataOctets: number;
  readonly flags?: number;
  readonly sequence?: number;
  readonly identification?: number;
  readonly options?: TcpOptions;
  readonly ipOptions?: Uint8Array;
  readonly urgentPointer?: number;
  readonly checksum?: ChecksumState;
}

function superPacket(of: Super): Uint8Array {
  const options = of.options ?? {};
  const ipOctets = 20 + (of.ipOptions?.byteLength ?? 0);
  const tcpOctets = tcpHeaderOctets(options);
  const bytes = new Uint8Array(ipOctets + tcpOctets + of.dataOctets);
  bytes.set(counting(of.dataOctets), ipOctets + tcpOctets);
  emitIpv4Header(bytes, {
    tos: 2,
    totalOctets: bytes.byteLength,
    identification: of.identification ?? 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: A,
    destination: B,
    options: of.ipOptions,
  });
  const segment = bytes.subarray(ipOctets);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 45012,
    sequence: of.sequence ?? 1000,
    acknowledgment: 7,
    flags: of.flags ?? TCP_ACK,
    window: 502,
    urgentPointer: of.urgentPointer ?? 0,
    options,
  });
  if (of.checksum === 'complete') emitTcpChecksum(segment, A, B);
  else emitTcpPartialChecksum(segment, A, B);
  return bytes;
}

function cut(packet: Uint8Array, segmentSize: number, checksum: ChecksumState = 'partial') {
  const packets = cutSuperSegment(packet, segmentSize, checksum);
  if (typeof packets === 'string') throw new Error(`not cut: ${packets}`);
  return packets.map((bytes) => {
    const ip = parsed(Ipv4Packet.parse(bytes));
    return { bytes, ip, tcp: parsed(TcpSegment.parse(ip.payload)) };
  });
}

describe('cutSuperSegment', () => {
  it('gives packets of the same stream, with right checksums', () => {
    const shapes = fc.record({
      dataOctets: fc.nat(9_000),
      sequence: fc.integer({ min: 0, max: 0xffffffff }),
      identification: fc.integer({ min: 0, max: 0xffff }),
      options: fc.constantFrom<TcpOptions>({}, { timestamps: { value: 1, echo: 2 } }),
      checksum: fc.constantFrom<ChecksumState>('partial', 'complete'),
    });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 2_000 }), (shape, segmentSize) => {
        fc.pre(shape.dataOctets / segmentSize < 200);
        const whole = superPacket(shape);
        const before = whole.slice();
        const parts = cut(whole, segmentSize, shape.checksum);
        expect(whole).toEqual(before);
        let offset = 0;
        parts.forEach(({ bytes, ip, tcp }, index) => {
          expect(ip.hasValidChecksum()).toBe(true);
          expect(tcp.hasValidChecksum(A, B)).toBe(true);
          expect(ip.bytes.byteLength).toBe(bytes.byteLength);
          expect(ip.identification).toBe((shape.identification + index) & 0xffff);
          expect(tcp.sequence).toBe((shape.sequence + offset) >>> 0);
          expect(tcp.options).toEqual(shape.options);
          const last = index === parts.length - 1;
          expect(tcp.payload.byteLength).toBe(last ? shape.dataOctets - offset : segmentSize);
          expect(tcp.payload).toEqual(
            counting(shape.dataOctets).subarray(offset, offset + tcp.payload.byteLength),
          );
          expect([ip.tos, ip.ttl, ip.dontFragment, tcp.acknowledgment, tcp.window]).toEqual([
            2,
            64,
            true,
            7,
            502,
          ]);
          offset += tcp.payload.byteLength;
        });
        expect(offset).toBe(shape.dataOctets);
      }),
    );
  });

  it('cuts a packet with a tail like one in a single buffer', () => {
    const size = fc.integer({ min: 1, max: 2_000 });
    const ends = fc.array(fc.nat(4_999), { maxLength: 5 });
    fc.assert(
      fc.property(fc.nat(5_000), size, ends, (dataOctets, segmentSize, cuts) => {
        fc.pre(dataOctets / segmentSize < 200);
        const whole = superPacket({ dataOctets, options: { timestamps: { value: 1, echo: 2 } } });
        const headers = whole.slice(0, 52);
        const data = whole.subarray(52);
        const places = [...cuts.filter((at) => at < dataOctets), dataOctets].sort((a, b) => a - b);
        const tail = places.map((to, index) => data.subarray(places[index - 1] ?? 0, to));
        expect(tailOctets(tail)).toBe(dataOctets);
        expect(joinTail(headers, tail)).toEqual(whole);
        expect(cutSuperSegment(headers, segmentSize, 'partial', tail)).toEqual(
          cutSuperSegment(whole, segmentSize, 'partial'),
        );
      }),
    );
  });

  it('keeps FIN and PSH for the last packet and CWR for the first (RFC 3168 6.1.2)', () => {
    const whole = superPacket({ dataOctets: 25, flags: TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR });
    expect(cut(whole, 10).map(({ tcp }) => tcp.flags)).toEqual([
      TCP_ACK | TCP_CWR,
      TCP_ACK,
      TCP_ACK | TCP_PSH | TCP_FIN,
    ]);
  });

  it('points each packet at the same urgent octet, and none behind it (RFC 9293 3.8.5)', () => {
    const whole = superPacket({ dataOctets: 30, flags: TCP_ACK | TCP_URG, urgentPointer: 15 });
    expect(cut(whole, 10).map(({ tcp }) => [tcp.flags & TCP_URG, tcp.urgentPointer])).toEqual([
      [TCP_URG, 15],
      [TCP_URG, 5],
      [0, 0],
    ]);
  });

  it('keeps IP options', () => {
    const whole = superPacket({ dataOctets: 20, ipOptions: Uint8Array.of(1, 1, 1, 0) });
    for (const { ip } of cut(whole, 10)) {
      expect(ip.options).toEqual(Uint8Array.of(1, 1, 1, 0));
      expect(ip.hasValidChecksum()).toBe(true);
    }
  });

  it('leaves headroom of its own in front of each packet', () => {
    const parts = cut(superPacket({ dataOctets: 3_000 }), 1_000);
    const before = parts.map(({ bytes }) => bytes.slice());
    for (const { bytes } of parts) {
      expect(bytes.byteOffset).toBeGreaterThanOrEqual(HEADROOM_OCTETS);
      new Uint8Array(bytes.buffer, bytes.byteOffset - HEADROOM_OCTETS, HEADROOM_OCTETS).fill(255);
    }
    expect(parts.map(({ bytes }) => bytes.slice())).toEqual(before);
  });

  it('does not hide a wrong complete checksum', () => {
    const whole = superPacket({ dataOctets: 3_000, checksum: 'complete' });
    whole[1_000]! ^= 1;
    expect(cutSuperSegment(whole, 1_000, 'complete')).toBe('bad checksum');
    expect(cutSuperSegment(whole, 1_000, 'verified')).toHaveLength(3);
  });

  it('refuses a packet that is no super-segment', () => {
    const whole = superPacket({ dataOctets: 100 });
    expect(cutSuperSegment(whole, 0, 'partial')).toBe('bad length');
    expect(cutSuperSegment(whole.subarray(0, 50), 10, 'partial')).toBe('truncated');
    const icmp = whole.slice().fill(PROTOCOL_ICMP, 9, 10);
    expect(cutSuperSegment(icmp, 10, 'partial')).toBe('bad type');
    const fragment = whole.slice().fill(0x20, 6, 7);
    expect(cutSuperSegment(fragment, 10, 'partial')).toBe('bad type');
  });
});

describe('a UDP super-datagram', () => {
  const superDatagram = (dataOctets: number, identification = 1) => {
    const bytes = new Uint8Array(28 + dataOctets);
    bytes.set(counting(dataOctets), 28);
    emitIpv4Header(bytes, { ...IP, totalOctets: bytes.byteLength, identification });
    emitUdpPartialHeader(bytes.subarray(20), A, B, 4000, 53);
    return bytes;
  };
  const views = (packets: readonly Uint8Array[]) =>
    packets.map((packet) => {
      const ip = parsed(Ipv4Packet.parse(packet));
      return { ip, udp: parsed(UdpDatagram.parse(ip.payload)) };
    });

  it('is cut into datagrams of the segment size and a shorter last one, each with its own length and checksum', () => {
    const shape = [fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 2_000 })] as const;
    fc.assert(
      fc.property(...shape, fc.nat(0xffff), (dataOctets, segmentSize, identification) => {
        fc.pre(dataOctets / segmentSize < 200);
        const whole = superDatagram(dataOctets, identification);
        const parts = cutSuperSegment(whole, segmentSize, 'partial');
        const datagrams = views(parts as Uint8Array[]);
        datagrams.forEach(({ ip, udp }, index) => {
          expect(ip.hasValidChecksum()).toBe(true);
          expect(udp.checksum).not.toBe(0);
          expect(udp.hasValidChecksum(A, B)).toBe(true);
          expect([udp.sourcePort, udp.destinationPort]).toEqual([4000, 53]);
          expect(ip.identification).toBe((identification + index) & 0xffff);
        });
        const sizes = datagrams.map(({ udp }) => udp.payload.byteLength);
        expect(sizes.slice(0, -1).every((octets) => octets === segmentSize)).toBe(true);
        expect(
          joinTail(
            new Uint8Array(0),
            datagrams.map(({ udp }) => udp.payload),
          ),
        ).toEqual(counting(dataOctets));
      }),
    );
  });

  it('with a tail is cut like one in a single buffer', () => {
    const whole = superDatagram(3_000);
    const tail = [whole.subarray(28, 100), whole.subarray(100)];
    expect(cutSuperSegment(whole.slice(0, 28), 1_200, 'partial', tail)).toEqual(
      cutSuperSegment(whole, 1_200, 'partial'),
    );
  });

  it('is refused if its complete checksum is wrong, or if its end is missing', () => {
    const whole = superDatagram(3_000);
    expect(cutSuperSegment(whole, 1_200, 'complete')).toBe('bad checksum');
    emitUdpHeader(whole.subarray(20), A, B, 4000, 53);
    expect(cutSuperSegment(whole, 1_200, 'complete')).toHaveLength(3);
    writeUint16(whole, 24, 3_009);
    expect(cutSuperSegment(whole, 1_200, 'partial')).toBe('truncated');
  });

  it('gives its first datagram, the same one as cutting gives (RFC 792)', () => {
    const whole = superDatagram(3_000);
    const before = whole.slice();
    const { header, segment } = firstDatagram(whole.subarray(0, 20), whole.subarray(20), 1_200);
    const first = (cutSuperSegment(whole, 1_200, 'partial') as Uint8Array[])[0];
    expect(joinTail(header, [segment])).toEqual(first);
    expect(whole).toEqual(before);
  });
});

describe('completeChecksum', () => {
  it('completes a TCP segment in place', () => {
    const packet = superPacket({ dataOctets: 1_001 });
    expect(hasValidTransportChecksum(packet)).toBe(false);
    expect(completeChecksum(packet)).toBe(true);
    expect(hasValidTransportChecksum(packet)).toBe(true);
    expect(packet).toEqual(superPacket({ dataOctets: 1_001, checksum: 'complete' }));
  });

  it('completes a UDP datagram in place, never to zero (RFC 768)', () => {
    for (let value = 0; value < 0x10000; value += 1) {
      const datagram = new Uint8Array(10);
      emitUdpHeader(datagram, A, B, 1, 2);
      writeUint16(datagram, 8, value);
      writeUint16(datagram, 6, checksumFold(pseudoHeaderSum(A, B, PROTOCOL_UDP, 10)));
      completeSegmentChecksum(datagram, PROTOCOL_UDP);
      const view = parsed(UdpDatagram.parse(datagram));
      if (view.checksum === 0 || !view.hasValidChecksum(A, B)) throw new Error(`data ${value}`);
    }
  });

  it('does not change a packet without such a checksum', () => {
    const packet = superPacket({ dataOctets: 10 });
    const icmp = packet.slice().fill(PROTOCOL_ICMP, 9, 10);
    const fragment = packet.slice().fill(0x20, 6, 7);
    for (const other of [icmp, fragment, packet.slice(0, 30)]) {
      const before = other.slice();
      expect(completeChecksum(other)).toBe(false);
      expect(other).toEqual(before);
    }
    expect(completeSegmentChecksum(new Uint8Array(17), PROTOCOL_TCP)).toBe(false);
    expect(completeSegmentChecksum(new Uint8Array(7), PROTOCOL_UDP)).toBe(false);
  });
});
