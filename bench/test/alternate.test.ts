import { type Contestant, measureInTurns, PLAN, type Plan } from '../src/alternate.ts';

const SHORT: Plan = {
  seconds: 2,
  warmUpSeconds: 1,
  rounds: 3,
  tolerance: 0.05,
  warmUpRuns: 4,
};

/**
 * A side that gives these figures in order, and then repeats the last one. Each run adds
 * `NAME:SECONDS` to `runs`.
 */
function side(name: string, figures: readonly number[], runs: string[]): Contestant {
  let next = 0;
  return {
    name,
    async measure(seconds) {
      runs.push(`${name}:${seconds}`);
      const figure = figures[Math.min(next, figures.length - 1)]!;
      next += 1;
      return figure;
    },
  };
}

describe('measureInTurns', () => {
  it('measures the sides in turns, after the warm-up of each', async () => {
    const runs: string[] = [];
    const sides = [side('a', [10], runs), side('b', [20], runs)];
    const figures = await measureInTurns(sides, SHORT, () => {});
    expect(runs.slice(0, 4)).toEqual(['a:1', 'a:1', 'b:1', 'b:1']);
    expect(runs.slice(4)).toEqual(['a:2', 'b:2', 'a:2', 'b:2', 'a:2', 'b:2']);
    expect(figures).toEqual([
      [10, 10, 10],
      [20, 20, 20],
    ]);
  });

  it('warms up until two successive figures are within the tolerance, and counts none of them', async () => {
    const runs: string[] = [];
    const said: string[] = [];
    const sides = [side('a', [10, 50, 52, 60, 61, 62], runs)];
    const figures = await measureInTurns(sides, SHORT, (line) => said.push(line));
    expect(runs.filter((run) => run === 'a:1')).toHaveLength(3);
    expect(figures).toEqual([[60, 61, 62]]);
    expect(said[0]).toBe('a: stable after 3 runs');
  });

  it('still measures if a figure does not become stable, and says so', async () => {
    const runs: string[] = [];
    const said: string[] = [];
    const sides = [side('a', [10, 20, 40, 80, 1, 2, 3], runs)];
    const figures = await measureInTurns(sides, SHORT, (line) => said.push(line));
    expect(runs.filter((run) => run === 'a:1')).toHaveLength(4);
    expect(figures).toEqual([[1, 2, 3]]);
    expect(said[0]).toBe('a: not stable after 4 runs');
  });

  it('fails with a side that fails', async () => {
    const measure = () => Promise.reject(new Error('it has ended'));
    const failing = measureInTurns([{ name: 'a', measure }], SHORT, () => {});
    await expect(failing).rejects.toThrow('it has ended');
  });
});

describe('PLAN', () => {
  it('has an odd number of rounds, so that each median is a figure that was measured', () => {
    expect(PLAN.rounds % 2).toBe(1);
  });
});
