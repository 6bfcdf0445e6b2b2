import { Driver, type Logger, type Machine, SILENT } from '../src/index.ts';
import { VirtualClock } from './support/virtual-clock.ts';

/** A machine that records its calls. */
class Recorder implements Machine {
  readonly log: string[] = [];
  deadlineMs: number | undefined;
  onTimeout: () => void = () => undefined;

  handleTimeout(nowMs: number): void {
    this.log.push(`timeout ${nowMs}`);
    this.onTimeout();
  }

  nextDeadlineMs(): number | undefined {
    return this.deadlineMs;
  }
}

function start(log: Logger = SILENT) {
  const clock = new VirtualClock();
  const machine = new Recorder();
  const errors: unknown[] = [];
  const driver = new Driver({
    name: 'test',
    machine,
    flush: (nowMs) => machine.log.push(`flush ${nowMs}`),
    log,
    clock,
    onError: (error) => errors.push(error),
  });
  const take = (item: string) => {
    if (item === 'bad') throw new Error('bad item');
    machine.log.push(item);
  };
  return { clock, machine, driver, errors, take };
}

describe('Driver', () => {
  it('handles all inputs of a batch before it polls the outputs once', () => {
    const { driver, machine, take } = start();
    driver.batch('item', ['a', 'b', 'c'], take);
    expect(machine.log).toEqual(['a', 'b', 'c', 'flush 0']);
  });

  it('calls the timeout at the deadline, and polls the outputs after it', () => {
    const { driver, machine, clock } = start();
    machine.deadlineMs = 25.5;
    machine.onTimeout = () => {
      machine.deadlineMs = Number.POSITIVE_INFINITY;
    };
    driver.settle();
    clock.turnTo(25);
    expect(machine.log).toEqual(['flush 0']);
    clock.turnTo(30);
    expect(machine.log).toEqual(['flush 0', 'timeout 25.5', 'flush 25.5']);
    expect(clock.running).toBe(0);
  });

  it('runs only one timer, and sets it earlier if the deadline moves forward', () => {
    const { driver, machine, clock } = start();
    machine.deadlineMs = 100;
    driver.settle();
    machine.deadlineMs = 50;
    driver.settle();
    expect(clock.running).toBe(1);
    machine.onTimeout = () => {
      machine.deadlineMs = undefined;
    };
    clock.turnTo(60);
    expect(machine.log).toContain('timeout 50');
    expect(clock.running).toBe(0);
  });

  it('does not set a new timer when the deadline moves back: the old timer fires and sets the next', () => {
    const { driver, machine, clock } = start();
    for (let i = 0; i < 1000; i++) {
      machine.deadlineMs = 200 + i;
      driver.settle();
    }
    expect(clock.set).toBe(1);
    clock.turnTo(1198);
    expect(clock.set).toBe(2);
  });

  it('stops the timer if there is no deadline any more', () => {
    const { driver, machine, clock } = start();
    machine.deadlineMs = 100;
    driver.settle();
    machine.deadlineMs = undefined;
    driver.settle();
    expect(clock.running).toBe(0);
  });

  it('does not spin if the deadline of a machine has passed', () => {
    const { driver, machine, clock } = start();
    machine.deadlineMs = -5;
    driver.settle();
    clock.turnTo(100);
    const timeouts = machine.log.filter((it) => it.startsWith('timeout')).length;
    expect(timeouts).toBeGreaterThan(90);
    expect(timeouts).toBeLessThanOrEqual(101);
  });

  it('continues after an exception, counts it, reports it, and logs the input', () => {
    const said: object[] = [];
    const log: Logger = { ...SILENT, error: (fields) => said.push(fields) };
    const { driver, machine, errors, take } = start(log);
    driver.batch('item', ['a', 'bad', 'c'], take);
    expect(machine.log).toEqual(['a', 'c', 'flush 0']);
    expect(driver.errors).toBe(1);
    expect(errors).toEqual([new Error('bad item')]);
    expect(said).toEqual([expect.objectContaining({ what: 'item', input: "'bad'" })]);
  });

  it('polls again if an output directly causes an input', () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const outputs = ['first'];
    const driver: Driver = new Driver({
      name: 'loop',
      machine: { handleTimeout: () => undefined, nextDeadlineMs: () => undefined },
      flush: () => {
        const output = outputs.shift();
        if (output === undefined) return;
        log.push(output);
        if (output === 'first') {
          driver.batch('item', ['answer'], (item) => {
            outputs.push(item);
          });
        }
      },
      log: SILENT,
      clock,
    });
    driver.settle();
    expect(log).toEqual(['first', 'answer']);
  });

  it('gives the caller the result and the exceptions of what it runs', () => {
    const { driver, machine } = start();
    expect(driver.run((nowMs) => nowMs + 1)).toBe(1);
    expect(() =>
      driver.run(() => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(machine.log).toEqual(['flush 0', 'flush 0']);
  });

  it('does nothing after it is stopped', () => {
    const { driver, machine, clock, take } = start();
    machine.deadlineMs = 10;
    driver.settle();
    driver.stop();
    driver.batch('item', ['late'], take);
    clock.turnTo(100);
    expect(machine.log).toEqual(['flush 0']);
  });
});
