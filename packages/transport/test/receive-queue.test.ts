import fc from 'fast-check';
import {
  insertOutOfOrder,
  isHeld,
  joinOutOfOrder,
  sackBlocks,
  takeInOrder,
} from '../src/tcp/arrive/receive-queue.ts';
import { createReceiveQueue } from '../src/tcp/state/receive.ts';
import { seqAdd } from '../src/tcp/state/sequence.ts';

const octetAt = (offset: number) => (offset * 17 + 3) & 0xff;

function octets(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, index) => octetAt(from + index));
}

const LENGTH = 400;
const range = fc
  .tuple(fc.integer({ min: 1, max: LENGTH - 1 }), fc.integer({ min: 1, max: 60 }))
  .map(([from, length]) => ({ from, to: Math.min(LENGTH, from + length) }));

describe('the queue of out-of-order data', () => {
  it('returns the stream once the hole is filled, in whatever order and overlap the data arrived', () => {
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 60 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (ranges, base) => {
          const queue = createReceiveQueue();
          const held = new Set<number>();
          for (const { from, to } of ranges) {
            const added = insertOutOfOrder(queue, seqAdd(base, from), octets(from, to));
            const before = held.size;
            for (let i = from; i < to; i += 1) held.add(i);
            expect(added).toBe(held.size - before);
            expect(queue.outOfOrderOctets).toBe(held.size);
            expect(isHeld(queue, seqAdd(base, from), seqAdd(base, to))).toBe(true);
          }
          expectSorted(queue.outOfOrder, base);
          let contiguous = 1;
          while (held.has(contiguous)) contiguous += 1;
          expect(joinOutOfOrder(queue, seqAdd(base, 1))).toBe(seqAdd(base, contiguous));
          const taken: number[] = [];
          for (;;) {
            const piece = takeInOrder(queue, 7);
            if (piece === undefined) break;
            taken.push(...piece);
          }
          expect(taken).toEqual([...octets(1, contiguous)]);
        },
      ),
    );
  });

  function expectSorted(
    blocks: readonly { sequence: number; endSequence: number }[],
    base: number,
  ): void {
    let last = 0;
    for (const block of blocks) {
      const from = seqAdd(block.sequence, -base);
      expect(from).toBeGreaterThan(last);
      last = seqAdd(block.endSequence, -base);
      expect(last).toBeGreaterThan(from);
    }
  }

  it('reports the most recently grown block first (RFC 2018 4)', () => {
    const queue = createReceiveQueue();
    insertOutOfOrder(queue, 100, octets(100, 110));
    insertOutOfOrder(queue, 200, octets(200, 210));
    insertOutOfOrder(queue, 300, octets(300, 310));
    insertOutOfOrder(queue, 210, octets(210, 220));
    expect(sackBlocks(queue, 3)).toEqual([
      { left: 200, right: 220 },
      { left: 300, right: 310 },
      { left: 100, right: 110 },
    ]);
    expect(sackBlocks(queue, 1)).toEqual([{ left: 200, right: 220 }]);
  });

  it('keeps its own copy of the bytes', () => {
    const queue = createReceiveQueue();
    const bytes = octets(10, 20);
    insertOutOfOrder(queue, 10, bytes);
    bytes.fill(0);
    joinOutOfOrder(queue, 10);
    expect(takeInOrder(queue, 100)).toEqual(octets(10, 20));
  });
});
