import fc from 'fast-check';
import { DeadlineHeap } from '../src/tcp/timers/deadline-heap.ts';

interface Item {
  deadline: number;
}

describe('the heap of deadlines', () => {
  it('returns each item at its deadline, in order, however often the deadline was moved', () => {
    const times = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(times, { maxLength: 50 }), (moves) => {
        const heap = new DeadlineHeap<Item>((item) => item.deadline);
        const items = moves.map((): Item => ({ deadline: Infinity }));
        items.forEach((item, index) => {
          for (const time of moves[index]!) {
            item.deadline = time;
            heap.schedule(item);
          }
        });
        const taken: number[] = [];
        for (;;) {
          const next = heap.nextMs();
          if (next === Infinity) break;
          expect(heap.takeDue(next - 1)).toBeUndefined();
          const item = heap.takeDue(next)!;
          expect(item.deadline).toBe(next);
          taken.push(next);
          item.deadline = Infinity;
        }
        expect(taken).toEqual(moves.map((all) => all.at(-1)!).sort((a, b) => a - b));
      }),
    );
  });

  it('never returns a removed item', () => {
    const heap = new DeadlineHeap<Item>((item) => item.deadline);
    const item = { deadline: 5 };
    heap.schedule(item);
    heap.remove(item);
    expect(heap.nextMs()).toBe(Infinity);
  });

  it('frees removed items, however late their deadline', () => {
    const heap = new DeadlineHeap<Item>((item) => item.deadline);
    const kept = { deadline: 1 };
    heap.schedule(kept);
    for (let i = 0; i < 10_000; i += 1) {
      const item = { deadline: 1e9 + i };
      heap.schedule(item);
      item.deadline = 1e8 + i;
      heap.schedule(item);
      heap.remove(item);
      expect(heap.entries).toBeLessThan(100);
    }
    expect(heap.takeDue(1)).toBe(kept);
    expect(heap.nextMs()).toBe(Infinity);
    expect(heap.entries).toBe(0);
  });
});
