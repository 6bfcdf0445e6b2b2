import { Scheduler, type Source } from '../src/scheduler.ts';

let ended = false;

beforeEach(() => {
  ended = false;
});

afterEach(() => {
  ended = true;
});

/** A source that has more until the test ends. */
function endless(name: string, log: string[], perBatch: number): Source {
  return {
    get ready() {
      return !ended;
    },
    deliver() {
      log.push(name);
      return perBatch;
    },
  };
}

describe('Scheduler', () => {
  it('asks sources in turn', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {});
    scheduler.wake(endless('a', log, 64));
    scheduler.wake(endless('b', log, 64));
    expect(log).toEqual([]);
    await Promise.resolve();
    expect(log.slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('delivers at most 256 PDUs in a turn of the event loop, however often it is woken', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {});
    const source = endless('a', log, 32);
    scheduler.wake(source);
    for (let count = 0; count < 50; count++) {
      await Promise.resolve();
      scheduler.wake(source);
    }
    expect(log.length).toBeGreaterThan(0);
    expect(log.length).toBeLessThanOrEqual(8);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(log.length).toBeGreaterThan(8);
  });

  it('is idle when no source has more', async () => {
    let left = 1000;
    const source: Source = {
      get ready() {
        return left > 0;
      },
      deliver() {
        left -= 1;
        return 1;
      },
    };
    const scheduler = new Scheduler(() => {});
    scheduler.wake(source);
    await scheduler.idle();
    expect(left).toBe(0);
    await scheduler.idle();
  });
});
