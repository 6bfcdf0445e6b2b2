import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { appendFcs, verifyFcs } from '../src/index.ts';

const frame = fc.uint8Array({ minLength: 14, maxLength: 300, size: 'max' });

describe('Frame check sequence (IEEE 802.3 3.2.9)', () => {
  it('is behind the frame, the low octet first, and leaves the frame alone', () => {
    const bytes = Uint8Array.from('123456789', (one) => one.charCodeAt(0));
    const sent = appendFcs(bytes);
    expect([...sent.subarray(9)]).toEqual([0x26, 0x39, 0xf4, 0xcb]);
    expect(sent.subarray(0, 9)).toEqual(bytes);
    expect(bytes.byteLength).toBe(9);
    if (zlibCrc32 !== undefined) {
      expect(new DataView(sent.buffer).getUint32(9, true)).toBe(zlibCrc32(bytes));
    }
  });

  it('comes off again, without a copy', () => {
    fc.assert(
      fc.property(frame, (bytes) => {
        const sent = appendFcs(bytes);
        const received = verifyFcs(sent);
        expect(received).toEqual(bytes);
        expect(received!.buffer).toBe(sent.buffer);
      }),
    );
  });

  it('finds any single wrong bit, and any burst of up to 32', () => {
    const burst = fc.integer({ min: 1, max: 0xffffffff });
    fc.assert(
      fc.property(frame, fc.nat(), burst, (bytes, place, mask) => {
        const sent = appendFcs(bytes);
        const at = place % (sent.byteLength - 3);
        for (let index = 0; index < 4; index += 1) sent[at + index]! ^= mask >>> (index * 8);
        expect(verifyFcs(sent)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('is wrong where octets are missing', () => {
    const sent = appendFcs(new Uint8Array(60).fill(7));
    expect(verifyFcs(sent.subarray(0, -1))).toBeUndefined();
    expect(verifyFcs(new Uint8Array(3))).toBeUndefined();
    expect(verifyFcs(new Uint8Array(0))).toBeUndefined();
  });
});
