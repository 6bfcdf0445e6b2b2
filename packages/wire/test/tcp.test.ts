import fc from 'fast-check';
import {
  checksumFold,
  EthernetFrame,
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpOptions,
  emitTcpPartialChecksum,
  Ipv4Packet,
  parseIpv4,
  parseTcpOptions,
  pseudoHeaderSum,
  TCP_SYN,
  type TcpOptions,
  TcpSegment,
  tcpHeaderOctets,
  tcpOptionsOctets,
} from '../src/index.ts';
import { CAPTURED } from './captured.ts';
import { damaged, fromHex, parsed, uint8, uint16, uint32 } from './support.ts';

const A = parseIpv4('192.0.2.1')!;
const B = parseIpv4('192.0.2.2')!;

function segmentOf(frame: Uint8Array): TcpSegment {
  const packet = parsed(Ipv4Packet.parse(parsed(EthernetFrame.parse(frame)).payload));
  return parsed(TcpSegment.parse(packet.payload));
}

const options: fc.Arbitrary<TcpOptions> = fc.record(
  {
    mss: uint16,
    windowScale: uint8,
    sackPermitted: fc.constant(true),
    timestamps: fc.record({ value: uint32, echo: uint32 }),
    userTimeoutSeconds: fc.oneof(
      fc.integer({ min: 1, max: 32_767 }),
      fc.integer({ min: 547, max: 32_767 }).map((minutes) => minutes * 60),
    ),
  },
  { requiredKeys: [] },
);
const sackOptions: fc.Arbitrary<TcpOptions> = fc.record(
  {
    timestamps: fc.record({ value: uint32, echo: uint32 }),
    sack: fc.array(fc.record({ left: uint32, right: uint32 }), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

describe('TCP header (RFC 9293 3.1)', () => {
  it('is read from a captured SYN', () => {
    const segment = segmentOf(CAPTURED.syn);
    expect([segment.sourcePort, segment.destinationPort]).toEqual([45012, 7777]);
    expect([segment.sequence, segment.acknowledgment]).toEqual([579032633, 0]);
    expect([segment.flags, segment.window, segment.headerOctets]).toEqual([TCP_SYN, 64240, 40]);
    expect(segment.options).toEqual({
      mss: 1460,
      sackPermitted: true,
      timestamps: { value: 18155214, echo: 0 },
      windowScale: 10,
    });
    expect(segment.hasValidChecksum(A, B)).toBe(true);
    expect(segment.hasValidChecksum(A, A)).toBe(false);
  });

  it.each(['syn', 'synAck', 'ack', 'push', 'fin', 'reset'] as const)(
    'is written octet for octet as the kernel wrote %s',
    (name) => {
      const captured = segmentOf(CAPTURED[name]);
      const bytes = new Uint8Array(captured.bytes.byteLength);
      bytes.set(captured.payload, captured.headerOctets);
      const octets = emitTcpHeader(bytes, captured);
      const [source, destination] = captured.sourcePort >= 45012 ? [A, B] : [B, A];
      emitTcpChecksum(bytes, source, destination);
      expect(octets).toBe(captured.headerOctets);
      expect(bytes).toEqual(captured.bytes.slice());
    },
  );

  it('comes back as it was written, with a right checksum', () => {
    const fields = fc.record({
      sourcePort: uint16,
      destinationPort: uint16,
      sequence: uint32,
      acknowledgment: uint32,
      flags: uint8,
      window: uint16,
      urgentPointer: uint16,
      options: fc.oneof(options, sackOptions),
    });
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 300, size: 'max' }), (header, data) => {
        const headerOctets = tcpHeaderOctets(header.options);
        const bytes = new Uint8Array(headerOctets + data.byteLength);
        bytes.set(data, headerOctets);
        expect(emitTcpHeader(bytes, header)).toBe(headerOctets);
        emitTcpChecksum(bytes, A, B);
        const segment = parsed(TcpSegment.parse(bytes));
        expect(segment).toMatchObject(header);
        expect(segment.payload).toEqual(data);
        expect(segment.hasValidChecksum(A, B)).toBe(true);
      }),
    );
  });

  it('has a partial checksum of the pseudo-header alone', () => {
    const bytes = segmentOf(CAPTURED.push).bytes.slice();
    emitTcpPartialChecksum(bytes, A, B);
    expect(parsed(TcpSegment.parse(bytes)).checksum).toBe(
      checksumFold(pseudoHeaderSum(A, B, 6, bytes.byteLength)),
    );
  });

  it('is refused with an impossible data offset', () => {
    const bytes = segmentOf(CAPTURED.syn).bytes.slice();
    expect(TcpSegment.parse(bytes.slice(0, 19))).toBe('truncated');
    bytes[12] = 0x40;
    expect(TcpSegment.parse(bytes)).toBe('bad header length');
    bytes[12] = 0xf0;
    expect(TcpSegment.parse(bytes)).toBe('truncated');
  });

  it('returns a view or an error for any octets, and the getters do not throw', () => {
    fc.assert(
      fc.property(damaged(Object.values(CAPTURED)), fc.constantFrom(0, 34), (bytes, skip) => {
        const segment = TcpSegment.parse(bytes.subarray(skip));
        if (typeof segment === 'string') return;
        expect(segment.headerOctets + segment.payload.byteLength).toBe(segment.bytes.byteLength);
        expect(() => segment.options).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('TCP options (RFC 9293 3.2)', () => {
  it('come in any order, on any octet boundary (MUST-5, MUST-64)', () => {
    expect(parseTcpOptions(fromHex('01 030307 0402 01 020405b4 00'))).toEqual({
      windowScale: 7,
      sackPermitted: true,
      mss: 1460,
    });
  });

  it('are skipped by their length where they are unknown (MUST-6)', () => {
    expect(
      parseTcpOptions(fromHex('fe04f989 1312 000102030405060708090a0b0c0d0e0f 020405b4')),
    ).toEqual({
      mss: 1460,
    });
  });

  it('end at the end-of-list option, whatever follows', () => {
    for (const follows of ['030307', '02 030307', '04 0402 030307']) {
      expect(parseTcpOptions(fromHex(`020405b4 00 ${follows}`))).toEqual({ mss: 1460 });
    }
  });

  it.each([
    ['length 0', 'fe00'],
    ['length 1', 'fe01'],
    ['length beyond the header', '080a0000'],
    ['no length', '08'],
  ])('end at an option with an illegal length, which does not crash (MUST-7): %s', (_name, bad) => {
    expect(parseTcpOptions(fromHex(`020405b4${bad}`))).toEqual({ mss: 1460 });
  });

  it.each([
    ['MSS of 3', '020305'],
    ['window scale of 4', '03040707'],
    ['SACK permitted of 3', '040301'],
    ['timestamps of 9', `0809${'00'.repeat(7)}`],
    ['user timeout of 5', '1c05000100'],
    ['user timeout of 0 (RFC 5482 3.1)', '1c040000'],
    ['SACK of 2', '0502'],
    ['SACK of 11', `050b${'00'.repeat(9)}`],
  ])('are ignored if a known option has a wrong length: %s', (_name, bad) => {
    expect(parseTcpOptions(fromHex(`${bad}020405b4`))).toEqual({ mss: 1460 });
  });

  it.each([
    [
      'a SYN of Linux',
      { mss: 1460, sackPermitted: true, timestamps: { value: 1, echo: 0 }, windowScale: 7 },
      '020405b4 0402080a 00000001 00000000 01030307',
    ],
    [
      'a SYN without timestamps',
      { mss: 1460, sackPermitted: true, windowScale: 7 },
      '020405b4 01010402 01030307',
    ],
    ['a data segment', { timestamps: { value: 1, echo: 2 } }, '0101080a 00000001 00000002'],
    [
      'an ACK with blocks',
      { timestamps: { value: 1, echo: 2 }, sack: [{ left: 3, right: 4 }] },
      '0101080a 00000001 00000002 0101050a 00000003 00000004',
    ],
    ['a user timeout in seconds (RFC 5482 3)', { userTimeoutSeconds: 300 }, '1c04012c'],
    ['a user timeout in minutes', { userTimeoutSeconds: 36_000 }, '1c048258'],
  ])('are laid out as Linux lays them out: %s', (_name, given, hex) => {
    const bytes = new Uint8Array(tcpOptionsOctets(given));
    expect(emitTcpOptions(bytes, given)).toBe(bytes.byteLength);
    expect(bytes).toEqual(fromHex(hex));
  });

  it('fill whole words, at most 40 octets', () => {
    fc.assert(
      fc.property(fc.oneof(options, sackOptions), (given) => {
        const octets = tcpOptionsOctets(given);
        expect(octets % 4).toBe(0);
        expect(octets).toBeLessThanOrEqual(40);
        const bytes = new Uint8Array(octets);
        expect(emitTcpOptions(bytes, given)).toBe(octets);
        expect(parseTcpOptions(bytes)).toEqual(given);
      }),
    );
  });

  it('never throw for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(() => parseTcpOptions(bytes)).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
