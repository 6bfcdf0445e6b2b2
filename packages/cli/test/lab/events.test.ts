import { until } from '@strata/conformance';
import { scheduleEvents } from '../../src/lab/events.ts';

const CONSOLE = new URL('http://127.0.0.1:7001');

describe('The events of a lab', () => {
  const printed: string[] = [];
  const streams = [process.stdout, process.stderr];
  const originals = streams.map(({ write }) => write);

  beforeEach(() => {
    printed.length = 0;
    for (const stream of streams) {
      stream.write = ((text: string, done?: () => void) => {
        printed.push(text);
        done?.();
        return true;
      }) as typeof stream.write;
    }
  });

  afterEach(() => {
    for (const [index, stream] of streams.entries()) stream.write = originals[index]!;
  });

  it('are commands of strata lab, at their times, on the lab of the console', async () => {
    const done: (readonly string[])[] = [];
    scheduleEvents(
      [
        { at: 20, do: 'link short up' },
        { at: 1, do: ' exec  r1 -- sysctl net.ipv4.ip_forward=0' },
      ],
      CONSOLE,
      async (words) => {
        done.push(words);
      },
    );
    await until('both are done', () => done.length === 2);
    const port = ['--console', '7001'];
    expect(done).toEqual([
      ['lab', 'exec', ...port, 'r1', '--', 'sysctl', 'net.ipv4.ip_forward=0'],
      ['lab', 'link', ...port, 'short', 'up'],
    ]);
    expect(printed).toContain('0.02 s: link short up\n');
  });

  it('that fail are told, and the next ones come', async () => {
    let calls = 0;
    scheduleEvents(
      [
        { at: 1, do: 'link x up' },
        { at: 2, do: 'link y up' },
      ],
      CONSOLE,
      async () => {
        calls += 1;
        throw new RangeError('there is no link');
      },
    );
    await until('both have failed', () => calls === 2 && printed.length >= 4);
    expect(printed).toContain('strata: link x up: there is no link\n');
  });

  it('do not come after the end of the lab', async () => {
    let calls = 0;
    const execute = async () => {
      calls += 1;
    };
    const first = scheduleEvents([{ at: 1, do: 'link x up' }], CONSOLE, execute);
    first.stop();
    scheduleEvents([{ at: 5, do: 'link y up' }], CONSOLE, execute);
    await until('the second comes', () => calls > 0);
    expect(calls).toBe(1);
  });
});
