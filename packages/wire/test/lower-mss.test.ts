import fc from 'fast-check';
import {
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  ipv4Address,
  lowerTcpMss,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  TcpSegment,
} from '../src/index.ts';
import { fromHex } from './support.ts';

const SOURCE = ipv4Address(0xc0000201);
const DESTINATION = ipv4Address(0xc6336401);

/** A segment with these options, as octets. Its checksum is right, or partial. */
function segmentOf(flags: number, options: Uint8Array, checksum: 'complete' | 'partial') {
  const segment = new Uint8Array(20 + options.byteLength);
  emitTcpHeader(segment, {
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 0x12345678,
    acknowledgment: 0,
    flags,
    window: 65_535,
    urgentPointer: 0,
    options: {},
  });
  segment.set(options, 20);
  segment[12] = (segment.byteLength / 4) << 4;
  const emit = checksum === 'complete' ? emitTcpChecksum : emitTcpPartialChecksum;
  emit(segment, SOURCE, DESTINATION, 0);
  return segment;
}

const MSS_1460 = fromHex('020405b4');
const mssOf = (segment: Uint8Array) => (TcpSegment.parse(segment) as TcpSegment).options.mss;

describe('lowerTcpMss', () => {
  it.each([
    ['SYN', TCP_SYN],
    ['SYN,ACK', TCP_SYN | TCP_ACK],
  ])('lowers the MSS of a %s, and its checksum stays right', (_name, flags) => {
    const segment = segmentOf(flags, MSS_1460, 'complete');
    expect(lowerTcpMss(segment, 1360, 'complete')).toBe(true);
    expect(mssOf(segment)).toBe(1360);
    const view = TcpSegment.parse(segment) as TcpSegment;
    expect(view.hasValidChecksum(SOURCE, DESTINATION)).toBe(true);
  });

  it('keeps a right checksum right, whatever the MSS and wherever the option is (RFC 1624)', () => {
    const uint16 = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.nat(4), uint16, uint16, (lead, before, after) => {
        const options = new Uint8Array(12).fill(1);
        options.set([2, 4, before >> 8, before & 255], lead);
        const segment = segmentOf(TCP_SYN, options, 'complete');
        expect(lowerTcpMss(segment, after, 'verified')).toBe(after < before);
        expect(mssOf(segment)).toBe(Math.min(before, after));
        const view = TcpSegment.parse(segment) as TcpSegment;
        expect(view.hasValidChecksum(SOURCE, DESTINATION)).toBe(true);
      }),
    );
  });

  it('leaves a partial checksum, which covers no option, as it is', () => {
    const segment = segmentOf(TCP_SYN, MSS_1460, 'partial');
    const before = segment.slice(16, 18);
    expect(lowerTcpMss(segment, 1360, 'partial')).toBe(true);
    expect(mssOf(segment)).toBe(1360);
    expect(segment.slice(16, 18)).toEqual(before);
  });

  it.each([
    ['never raises the MSS', TCP_SYN, '020405b4', 1500],
    ['adds no option', TCP_SYN, '01010101', 100],
    ['does not change a segment without SYN', TCP_ACK, '020405b4', 100],
    ['does not change a RST', TCP_SYN | TCP_RST, '020405b4', 100],
    ['does not read behind the end of the options', TCP_SYN, '00000000020405b4', 100],
    ['does not read an option of a wrong length', TCP_SYN, '0303ff01020305b4', 100],
    ['does not follow an option of no length', TCP_SYN, '03000000020405b4', 100],
  ])('%s', (_name, flags, options, mss) => {
    const segment = segmentOf(flags, fromHex(options), 'complete');
    const before = segment.slice();
    expect(lowerTcpMss(segment, mss, 'complete')).toBe(false);
    expect(segment).toEqual(before);
  });

  it('never throws, and changes nothing in a segment that is too short', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(0xffff), (bytes, mss) => {
        const before = bytes.slice();
        const hasChanged = lowerTcpMss(bytes, mss, 'complete');
        if (!hasChanged || bytes.byteLength < 20) expect(bytes).toEqual(before);
      }),
    );
  });
});
