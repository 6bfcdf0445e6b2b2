import fc from 'fast-check';
import {
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetFrame,
  emitArp,
  emitEthernetHeader,
  emitIcmp,
  emitIpv4Header,
  emitUdpHeader,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REQUEST,
  ICMP_PORT_UNREACHABLE,
  IcmpMessage,
  Ipv4Packet,
  ipv4Address,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
  parseArp,
  parseIpv4,
  UdpDatagram,
} from '../src/index.ts';
import { CAPTURED } from './captured.ts';
import { ascii, damaged, parsed, uint8, uint16, uint32, uint48 } from './support.ts';

const A = parseIpv4('192.0.2.1')!;
const B = parseIpv4('192.0.2.2')!;

function packetOf(frame: Uint8Array): Ipv4Packet {
  return parsed(Ipv4Packet.parse(parsed(EthernetFrame.parse(frame)).payload));
}

describe('Ethernet II', () => {
  it('is read from a captured frame', () => {
    const frame = parsed(EthernetFrame.parse(CAPTURED.arpRequest));
    expect(frame.destination).toBe(BROADCAST_MAC);
    expect(frame.source).toBe(0x020000000001);
    expect(frame.etherType).toBe(ETHERTYPE_ARP);
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(uint48, uint48, uint16, (destination, source, etherType) => {
        const bytes = new Uint8Array(14);
        emitEthernetHeader(bytes, destination, source, etherType);
        const frame = parsed(EthernetFrame.parse(bytes));
        expect([frame.destination, frame.source, frame.etherType]).toEqual([
          destination,
          source,
          etherType,
        ]);
      }),
    );
  });

  it('is truncated below 14 octets', () => {
    expect(EthernetFrame.parse(new Uint8Array(13))).toBe('truncated');
    expect(parsed(EthernetFrame.parse(new Uint8Array(14))).payload.byteLength).toBe(0);
  });
});

describe('ARP (RFC 826)', () => {
  const request = parsed(EthernetFrame.parse(CAPTURED.arpRequest)).payload;

  it('is read from a captured request and reply', () => {
    expect(parseArp(request)).toEqual({
      operation: ARP_REQUEST,
      senderMac: 0x020000000001,
      senderAddress: A,
      targetMac: 0,
      targetAddress: B,
    });
    expect(parseArp(parsed(EthernetFrame.parse(CAPTURED.arpReply)).payload)).toEqual({
      operation: ARP_REPLY,
      senderMac: 0x020000000002,
      senderAddress: B,
      targetMac: 0x020000000001,
      targetAddress: A,
    });
  });

  it('is written octet for octet as the kernel writes it', () => {
    const bytes = new Uint8Array(ARP_OCTETS);
    emitArp(bytes, parsed(parseArp(request)));
    expect(bytes).toEqual(request.slice(0, ARP_OCTETS));
  });

  it.each([
    ['hardware type', 1, 'bad type'],
    ['protocol type', 3, 'bad type'],
    ['hardware length', 4, 'bad length'],
    ['protocol length', 5, 'bad length'],
  ])('refuses another %s', (_name, at, outcome) => {
    const bytes = request.slice();
    bytes[at]! += 1;
    expect(parseArp(bytes)).toBe(outcome);
    expect(parseArp(request.slice(0, 27))).toBe('truncated');
  });
});

describe('IPv4 header (RFC 791 3.1)', () => {
  it('is read from a captured fragment', () => {
    const packet = packetOf(CAPTURED.lastFragment);
    expect(packet.hasValidChecksum()).toBe(true);
    expect(packet.fragmentOffsetOctets).toBe(2960);
    expect([packet.moreFragments, packet.dontFragment, packet.isFragment]).toEqual([
      false,
      false,
      true,
    ]);
    expect([packet.source, packet.destination, packet.ttl, packet.protocol]).toEqual([
      A,
      B,
      64,
      PROTOCOL_ICMP,
    ]);
    expect(packet.payload.byteLength).toBe(3_008 - 2_960);
  });

  it('comes back as it was written, with its options and a right checksum', () => {
    const fields = fc.record({
      tos: uint8,
      identification: uint16,
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffsetOctets: fc.nat(8_191).map((units) => units * 8),
      ttl: uint8,
      protocol: uint8,
      source: uint32.map(ipv4Address),
      destination: uint32.map(ipv4Address),
    });
    const options = fc
      .nat(10)
      .chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }));
    fc.assert(
      fc.property(fields, options, fc.nat(100), (header, opts, payload) => {
        const bytes = new Uint8Array(20 + opts.byteLength + payload);
        const octets = emitIpv4Header(bytes, {
          ...header,
          totalOctets: bytes.byteLength,
          options: opts,
        });
        const packet = parsed(Ipv4Packet.parse(bytes));
        expect(octets).toBe(packet.headerOctets);
        expect(packet).toMatchObject(header);
        expect(packet.options).toEqual(opts);
        expect(packet.payload.byteLength).toBe(payload);
        expect(packet.hasValidChecksum()).toBe(true);
        bytes[8]! ^= 0x10;
        expect(packet.hasValidChecksum()).toBe(false);
      }),
    );
  });

  it('cuts off octets behind the total length, such as the padding of a short frame', () => {
    const padded = new Uint8Array(60);
    padded.set(packetOf(CAPTURED.reset).bytes);
    expect(parsed(Ipv4Packet.parse(padded)).bytes.byteLength).toBe(40);
  });

  it.each([
    ['19 octets', (bytes: Uint8Array) => bytes.slice(0, 19), 'truncated'],
    ['version 6', (bytes: Uint8Array) => bytes.fill(0x65, 0, 1), 'bad version'],
    ['header length 16', (bytes: Uint8Array) => bytes.fill(0x44, 0, 1), 'bad header length'],
    [
      'total length below the header',
      (bytes: Uint8Array) => bytes.fill(0, 2, 4),
      'bad total length',
    ],
    ['total length beyond the octets', (bytes: Uint8Array) => bytes.slice(0, -1), 'truncated'],
    [
      'header beyond the total length',
      (bytes: Uint8Array) => bytes.fill(0x4f, 0, 1).fill(0, 2, 3).fill(40, 3, 4),
      'bad total length',
    ],
  ])('refuses %s', (_name, damage, outcome) => {
    expect(Ipv4Packet.parse(damage(packetOf(CAPTURED.echoRequest).bytes.slice()))).toBe(outcome);
  });
});

describe('A quoted IPv4 packet (RFC 792)', () => {
  const whole = packetOf(CAPTURED.syn).bytes;

  it('is read although its end is missing, and tells its full length', () => {
    const quoted = parsed(Ipv4Packet.parseQuoted(whole.slice(0, 28)));
    expect([quoted.source, quoted.destination, quoted.totalOctets]).toEqual([A, B, 60]);
    expect(quoted.payload).toEqual(whole.slice(20, 28));
    expect(Ipv4Packet.parse(whole.slice(0, 28))).toBe('truncated');
  });

  it('ends where the packet ended', () => {
    const padded = Uint8Array.of(...whole, 0, 0);
    expect(parsed(Ipv4Packet.parseQuoted(padded)).bytes.byteLength).toBe(60);
  });

  it.each([
    ['19 octets', whole.slice(0, 19), 'truncated'],
    ['version 6', whole.slice().fill(0x65, 0, 1), 'bad version'],
    ['header length 16', whole.slice().fill(0x44, 0, 1), 'bad header length'],
    ['an incomplete header', whole.slice(0, 23).fill(0x46, 0, 1), 'truncated'],
    ['total length below the header', whole.slice().fill(19, 3, 4), 'bad total length'],
  ])('is refused with %s', (_name, bytes, outcome) => {
    expect(Ipv4Packet.parseQuoted(bytes)).toBe(outcome);
  });
});

describe('ICMP (RFC 792)', () => {
  it('is read from a captured echo and error', () => {
    const echo = parsed(IcmpMessage.parse(packetOf(CAPTURED.echoRequest).payload));
    expect([echo.type, echo.code, echo.sequence, echo.isError]).toEqual([
      ICMP_ECHO_REQUEST,
      0,
      1,
      false,
    ]);
    expect(echo.hasValidChecksum()).toBe(true);
    expect(echo.payload.byteLength).toBe(56);
    const error = parsed(IcmpMessage.parse(packetOf(CAPTURED.portUnreachable).payload));
    expect([error.type, error.code, error.isError]).toEqual([
      ICMP_DESTINATION_UNREACHABLE,
      ICMP_PORT_UNREACHABLE,
      true,
    ]);
    expect(parsed(Ipv4Packet.parse(error.payload)).bytes).toEqual(packetOf(CAPTURED.udp).bytes);
  });

  it('is written octet for octet as the kernel writes it', () => {
    const captured = packetOf(CAPTURED.echoReply).payload;
    const echo = parsed(IcmpMessage.parse(captured));
    const bytes = captured.slice().fill(0, 0, 8);
    emitIcmp(bytes, echo.type, echo.code, echo.identifier, echo.sequence);
    expect(bytes).toEqual(captured.slice());
    expect(IcmpMessage.parse(bytes.slice(0, 7))).toBe('truncated');
  });
});

describe('UDP (RFC 768)', () => {
  it('is read from a captured datagram', () => {
    const datagram = parsed(UdpDatagram.parse(packetOf(CAPTURED.udp).payload));
    expect([datagram.sourcePort, datagram.destinationPort]).toEqual([45014, 9]);
    expect(datagram.payload).toEqual(ascii('hi\n'));
    expect(datagram.hasValidChecksum(A, B)).toBe(true);
    expect(datagram.hasValidChecksum(A, A)).toBe(false);
  });

  it('comes back as it was written, with a right checksum, never zero', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), uint16, uint16, (data, from, to) => {
        const bytes = new Uint8Array(8 + data.byteLength);
        bytes.set(data, 8);
        emitUdpHeader(bytes, A, B, from, to);
        const datagram = parsed(UdpDatagram.parse(bytes));
        expect([datagram.sourcePort, datagram.destinationPort]).toEqual([from, to]);
        expect(datagram.checksum).not.toBe(0);
        expect(datagram.hasValidChecksum(A, B)).toBe(true);
      }),
    );
  });

  it('sends a computed checksum of zero as 0xffff', () => {
    const bytes = new Uint8Array(10);
    emitUdpHeader(bytes, A, B, 1, 2);
    const checksum = (bytes[6]! << 8) | bytes[7]!;
    // Adding the checksum to the data makes the sum 0xffff, whose inverse is zero.
    bytes.set([checksum >> 8, checksum & 255], 8);
    emitUdpHeader(bytes, A, B, 1, 2);
    expect((bytes[6]! << 8) | bytes[7]!).toBe(0xffff);
  });

  it('accepts a datagram without a checksum (RFC 1122 4.1.3.4)', () => {
    const bytes = packetOf(CAPTURED.udp).payload.slice();
    bytes.fill(0, 6, 8);
    expect(parsed(UdpDatagram.parse(bytes)).hasValidChecksum(A, B)).toBe(true);
  });

  it('refuses impossible lengths, and cuts off padding', () => {
    const bytes = packetOf(CAPTURED.udp).payload.slice();
    expect(UdpDatagram.parse(bytes.slice(0, 7))).toBe('truncated');
    expect(UdpDatagram.parse(bytes.slice(0, -1))).toBe('truncated');
    expect(parsed(UdpDatagram.parse(Uint8Array.of(...bytes, 0, 0))).bytes.byteLength).toBe(11);
    bytes[5] = 7;
    expect(UdpDatagram.parse(bytes)).toBe('bad length');
  });
});

describe('every parser', () => {
  it('returns a view or an error for any octets, and the getters do not throw', () => {
    const frames = Object.values(CAPTURED);
    fc.assert(
      fc.property(damaged(frames), fc.nat(34), (bytes, skip) => {
        for (const view of [
          EthernetFrame.parse(bytes),
          Ipv4Packet.parse(bytes.subarray(skip)),
          IcmpMessage.parse(bytes.subarray(skip)),
          UdpDatagram.parse(bytes.subarray(skip)),
        ]) {
          if (typeof view === 'string') continue;
          const getters = Object.entries(
            Object.getOwnPropertyDescriptors(Object.getPrototypeOf(view)),
          );
          for (const [name, { get }] of getters) {
            if (get !== undefined) expect([name, get.call(view)]).not.toContain(undefined);
          }
        }
        expect(() => parseArp(bytes.subarray(skip))).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows the type of an IPv4 frame', () => {
    expect(parsed(EthernetFrame.parse(CAPTURED.syn)).etherType).toBe(ETHERTYPE_IPV4);
    expect(packetOf(CAPTURED.udp).protocol).toBe(PROTOCOL_UDP);
  });
});
