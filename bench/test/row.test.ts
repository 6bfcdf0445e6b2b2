import { MissingError } from '../src/missing.ts';
import { compare, type Side } from '../src/rows/row.ts';
import type { Lab } from '../src/stands/lab.ts';

const PLAN = { rounds: 1, warmUpRuns: 2 };

function sideOf(name: string, start: (lab: Lab) => Promise<number>): Side {
  return {
    name,
    async start(lab) {
      const figure = await start(lab);
      return async () => figure;
    },
  };
}

describe('compare', () => {
  const heading = { name: 'row', title: 'row', unit: 'MB/s', plan: PLAN };
  let starts = 0;
  let stops: string[] = [];

  beforeEach(() => {
    starts = 0;
    stops = [];
  });

  const startServer = async () => {
    starts += 1;
    return {
      stop: async () => {
        stops.push('server');
      },
    };
  };
  const startOther = async () => ({
    stop: async () => {
      stops.push('other');
    },
  });
  const withServer = (name: string, figure: number) =>
    sideOf(name, async (lab) => {
      await lab.use(startServer);
      return figure;
    });

  it('starts a server that several sides use only once, and stops it at the end', async () => {
    const row = compare({
      ...heading,
      sides: [withServer('a', 10), withServer('b', 20)],
      comparisons: [{ side: 'b', of: 'a', atLeast: 2 }],
    });
    const lines = await row.run(() => {});
    expect(lines[3]).toBe('| b | 20 | 20 to 20 | 2.00 of a | ≥ 2: met |');
    expect([starts, stops]).toEqual([1, ['server']]);
  });

  it('leaves out a side whose program is missing, with a note, and measures the others', async () => {
    const missing = sideOf('a', async () => {
      throw new MissingError('there is no a: apt-get install a');
    });
    const row = compare({
      ...heading,
      sides: [missing, withServer('b', 20)],
      comparisons: [{ side: 'b', of: 'a' }],
    });
    expect((await row.run(() => {})).slice(2)).toEqual([
      '| a | not measured: there is no a: apt-get install a | | | |',
      '| b | 20 | 20 to 20 |  |  |',
    ]);
  });

  it('stops all servers, the last one first, if a side cannot start', async () => {
    const broken = sideOf('b', async (lab) => {
      await lab.use(startOther);
      throw new Error('the device is in use');
    });
    const row = compare({ ...heading, sides: [withServer('a', 1), broken], comparisons: [] });
    await expect(row.run(() => {})).rejects.toThrow('the device is in use');
    expect(stops).toEqual(['other', 'server']);
  });
});
