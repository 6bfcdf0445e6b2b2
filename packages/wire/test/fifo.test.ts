import fc from 'fast-check';
import { Fifo } from '../src/collections/fifo.ts';

describe('Fifo', () => {
  it('returns and lists items in order, for any mix of pushes and shifts and any burst', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 60 }), (bursts) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const burst of bursts) {
          for (let i = 0; i < burst; i += 1) {
            fifo.push(next);
            model.push(next);
            next += 1;
          }
          for (let i = 0; i > burst; i -= 1) expect(fifo.shift()).toBe(model.shift());
          expect(fifo.size).toBe(model.length);
          expect([...fifo]).toEqual(model);
        }
      }),
    );
  });

  it('still works after a burst of thousands', () => {
    const fifo = new Fifo<number>();
    for (const count of [10000, 3, 10000]) {
      for (let i = 0; i < count; i += 1) fifo.push(i);
      for (let i = 0; i < count; i += 1) expect(fifo.shift()).toBe(i);
      expect(fifo.shift()).toBeUndefined();
    }
  });
});
