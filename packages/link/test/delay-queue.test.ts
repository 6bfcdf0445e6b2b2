import { Fifo } from '@strata/wire';
import fc from 'fast-check';
import { DelayQueue } from '../src/impairment/delay-queue.ts';

describe('DelayQueue', () => {
  it('returns items by time, and items of one time in order of arrival, for any mix of calls', () => {
    const operation = fc.oneof(
      fc.nat(9).map((dueMs) => ({ dueMs })),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const queue = new DelayQueue<{ dueMs: number; arrival: number }>();
        let model: { dueMs: number; arrival: number }[] = [];
        operations.forEach((push, arrival) => {
          if (push !== undefined) {
            const item = { dueMs: push.dueMs, arrival };
            queue.push(item, push.dueMs);
            model = [...model, item].sort((a, b) => a.dueMs - b.dueMs || a.arrival - b.arrival);
          } else {
            expect(queue.nextDueMs).toBe(model[0]?.dueMs ?? Number.POSITIVE_INFINITY);
            expect(queue.pop()).toBe(model.shift());
          }
          expect(queue.length).toBe(model.length);
        });
        while (model.length > 0) expect(queue.pop()).toBe(model.shift());
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });
});

describe('Fifo', () => {
  it('returns items in order of arrival, for any mix of calls', () => {
    const operations = fc.array(fc.tuple(fc.nat(1_500), fc.nat(1_500)), { maxLength: 8 });
    fc.assert(
      fc.property(operations, (rounds) => {
        const queue = new Fifo<number>();
        let put = 0;
        let taken = 0;
        for (const [pushes, shifts] of rounds) {
          for (let count = 0; count < pushes; count += 1) queue.push(put++);
          for (let count = 0; count < shifts; count += 1) {
            const item = queue.shift();
            if (item !== (taken < put ? taken : undefined)) throw new Error(`${item} for ${taken}`);
            if (item !== undefined) taken += 1;
          }
          expect(queue.size).toBe(put - taken);
        }
      }),
    );
  });
});
