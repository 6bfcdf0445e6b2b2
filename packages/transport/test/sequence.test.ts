import fc from 'fast-check';
import { seqAdd, seqDiff, seqGe, seqGt, seqLe, seqLt } from '../src/tcp/state/sequence.ts';

const sequence = fc.integer({ min: 0, max: 0xffffffff });
const distance = fc.integer({ min: 1, max: 0x7fffffff });

describe('sequence arithmetic (RFC 9293 3.4)', () => {
  it('is modulo 2^32', () => {
    expect(seqAdd(0xffffffff, 1)).toBe(0);
    expect(seqAdd(0, -1)).toBe(0xffffffff);
  });

  it('a number up to 2^31 - 1 ahead is greater, also across the wrap', () => {
    fc.assert(
      fc.property(sequence, distance, (a, d) => {
        const b = seqAdd(a, d);
        expect(seqLt(a, b) && seqLe(a, b) && seqGt(b, a) && seqGe(b, a)).toBe(true);
        expect(seqLt(b, a) || seqLe(b, a) || seqGt(a, b) || seqGe(a, b)).toBe(false);
        expect(seqDiff(b, a)).toBe(d);
      }),
    );
  });

  it('a number is equal to itself only', () => {
    fc.assert(
      fc.property(sequence, (a) => {
        expect(seqLe(a, a) && seqGe(a, a)).toBe(true);
        expect(seqLt(a, a) || seqGt(a, a)).toBe(false);
      }),
    );
  });
});
