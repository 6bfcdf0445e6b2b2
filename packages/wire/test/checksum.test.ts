import fc from 'fast-check';
import {
  checksumAdd,
  checksumFold,
  internetChecksum,
  ipv4Address,
  pseudoHeaderSum,
} from '../src/index.ts';
import { fromHex } from './support.ts';

/** RFC 1071 4.1 word for word. */
function reference(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.byteLength; at += 2) {
    sum += (bytes[at]! << 8) + (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum ^ 0xffff;
}

/** The octets in memory that starts at `offset` modulo 8. */
function placed(bytes: Uint8Array, offset: number): Uint8Array {
  const memory = new Uint8Array(bytes.byteLength + 16).fill(0xa5);
  memory.set(bytes, offset);
  return memory.subarray(offset, offset + bytes.byteLength);
}

describe('Internet checksum (RFC 1071)', () => {
  it('is that of the example in RFC 1071 3', () => {
    const bytes = fromHex('0001f203f4f5f6f7');
    expect(checksumFold(checksumAdd(bytes))).toBe(0xddf2);
    expect(internetChecksum(bytes)).toBe(0x220d);
  });

  it('is the same wherever the octets lie in memory, for any length', () => {
    const octets = fc.uint8Array({ maxLength: 700, size: 'max' });
    fc.assert(
      fc.property(octets, fc.nat(8), (bytes, offset) => {
        expect(internetChecksum(placed(bytes, offset))).toBe(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('is right for 65,535 octets of ones at offset %i', (offset) => {
    const bytes = new Uint8Array(65_535).fill(0xff);
    expect(internetChecksum(placed(bytes, offset))).toBe(reference(bytes));
  });

  it('continues a sum at an even offset', () => {
    const octets = fc.uint8Array({ minLength: 200, maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(octets, fc.nat(199), (bytes, half) => {
        const even = half & ~1;
        const sum = checksumAdd(bytes.subarray(even), checksumAdd(bytes.subarray(0, even)));
        expect(checksumFold(sum)).toBe(checksumFold(checksumAdd(bytes)));
      }),
    );
  });

  it('of all zeros has the sum zero, not 0xffff', () => {
    expect(checksumAdd(new Uint8Array(200))).toBe(0);
    expect(internetChecksum(new Uint8Array(0))).toBe(0xffff);
  });

  it('folds sums beyond 32 bits', () => {
    expect(checksumFold(0xffff_ffff_ffff)).toBe(0xffff);
    expect(checksumFold(0x1_0000_0000)).toBe(1);
  });

  it('covers the pseudo-header word by word (RFC 9293 3.1)', () => {
    const pseudo = fromHex('c0000201 c0000202 0006 0014');
    expect(
      checksumFold(pseudoHeaderSum(ipv4Address(0xc0000201), ipv4Address(0xc0000202), 6, 20)),
    ).toBe(checksumFold(checksumAdd(pseudo)));
  });
});
