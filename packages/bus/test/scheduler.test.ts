import { Scheduler, type Source } from '../src/scheduler.ts';

let ended = false;

beforeEach(() => {
  ended = false;
});

afterEach(() => {
  ended = true;
});

/** A source that always has another batch, until the test ends. */
function endless(name: string, log: string[], perBatch: number, isInput = false): Source {
  return {
    isInput,
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
  it('lets sources deliver in turn', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {});
    scheduler.wake(endless('a', log, 64));
    scheduler.wake(endless('b', log, 64));
    expect(log).toEqual([]);
    await Promise.resolve();
    expect(log.slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('takes an input only when the work that earlier inputs caused is done', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {});
    const once = (name: string, isInput: boolean, causes: readonly string[] = []): Source => {
      let left = 1;
      return {
        isInput,
        get ready() {
          return left > 0;
        },
        deliver() {
          left -= 1;
          log.push(name);
          for (const caused of causes) scheduler.wake(once(caused, false));
          return 1;
        },
      };
    };
    scheduler.wake(once('a', true, ['caused by a', 'too']));
    scheduler.wake(once('b', true));
    scheduler.wake(once('work', false));
    await scheduler.idle();
    expect(log).toEqual(['work', 'a', 'caused by a', 'too', 'b']);
  });

  it('does not starve inputs if other sources have work for ever', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {});
    scheduler.wake(endless('work', log, 64));
    scheduler.wake(endless('input', log, 64, true));
    while (log.filter((name) => name === 'input').length < 3) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    // At most 1,024 other PDUs before each input.
    expect(log.slice(0, 17)).toEqual([...Array(16).fill('work'), 'input']);
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

  it('is idle when no source has another batch', async () => {
    let left = 1000;
    const source: Source = {
      isInput: false,
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
