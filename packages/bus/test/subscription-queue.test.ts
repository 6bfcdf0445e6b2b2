import type { SubscribeOptions } from '../src/index.ts';
import type { Scheduler } from '../src/scheduler.ts';
import { DEFAULT_MAX_PENDING_PDUS, SubscriptionQueue } from '../src/subscription-queue.ts';

let nowMs = 0;
let got: number[] = [];

beforeEach(() => {
  nowMs = 1000;
  got = [];
});

/** A queue that only the test polls. */
function queueOf(options: SubscribeOptions = {}): SubscriptionQueue<number> {
  const scheduler = { wake: () => undefined } as unknown as Scheduler;
  return new SubscriptionQueue<number>(
    scheduler,
    (batch) => got.push(...batch),
    options,
    () => undefined,
    () => nowMs,
  );
}

/** Offers this many small PDUs, with the keys in turn. */
function offer(queue: SubscriptionQueue<number>, count: number, keys = 1): void {
  for (let n = 0; n < count; n += 1) queue.offer(`${n % keys}`, n, 64);
}

function empty(queue: SubscriptionQueue<number>): void {
  while (queue.ready) queue.deliver();
}

describe('The queue of a subscription', () => {
  it('hands over as many PDUs at once for many keys as for one', () => {
    for (const keys of [1, 10, 64]) {
      const queue = queueOf();
      offer(queue, 640, keys);
      const count = queue.deliver();
      expect(count).toBeGreaterThanOrEqual(64);
      expect(count).toBeLessThan(128);
      empty(queue);
      expect(queue.counters()).toMatchObject({ delivered: 640, dropped: 0, pending: 0 });
    }
  });

  it('holds a burst of 10,000 small PDUs', () => {
    const queue = queueOf();
    offer(queue, 10_000, 64);
    nowMs += 999;
    offer(queue, 1, 64);
    expect(queue.counters()).toMatchObject({ dropped: 0, pending: 10_001 });
  });

  it('is bounded by octets if the PDUs are large', () => {
    const queue = queueOf();
    for (let n = 0; n < 2000; n += 1) queue.offer('0', n, 65_536);
    expect(queue.counters()).toMatchObject({ pending: 1024, dropped: 976 });
  });

  it('is bounded to 1,000 PDUs, after a second as a standing queue, until it is empty', () => {
    const queue = queueOf();
    offer(queue, 5000);
    nowMs += 1000;
    offer(queue, 1);
    expect(queue.counters().dropped).toBe(1);
    while (queue.counters().pending >= 1000) queue.deliver();
    offer(queue, 1000);
    expect(queue.counters().pending).toBe(1000);
    nowMs += 10_000;
    empty(queue);
    offer(queue, 5000);
    expect(queue.counters().pending).toBe(5000);
  });

  it('is no standing queue while it is short, however long it is not empty', () => {
    const queue = queueOf();
    for (let second = 0; second < 10; second += 1) {
      offer(queue, 64);
      nowMs += 1000;
      if (second > 0) queue.deliver();
    }
    offer(queue, 5000);
    expect(queue.counters().dropped).toBe(0);
  });

  it('drops nothing if its bound is Infinity, because credits bound it', () => {
    const queue = queueOf({ maxPendingPdus: Infinity, maxPendingOctets: Infinity });
    offer(queue, DEFAULT_MAX_PENDING_PDUS + 1);
    nowMs += 5000;
    offer(queue, 1000);
    expect(queue.counters().dropped).toBe(0);
  });
});
