import { formatFigure, formatTable, type Outcome } from '../src/table.ts';

const HEADING = { title: 'bulk', unit: 'MB/s' };
const OUTCOMES: readonly Outcome[] = [
  { side: 'kernel', values: [1000, 900, 1100] },
  { side: 'ours', values: [590, 610, 600] },
];

describe('formatTable', () => {
  it('shows medians, their spread, the ratio of the medians and whether a goal is met', () => {
    expect(formatTable(HEADING, OUTCOMES, [{ side: 'ours', of: 'kernel', atLeast: 0.6 }])).toEqual([
      '| bulk | median, MB/s | min to max | ratio | goal |',
      '|---|---:|---:|---|---|',
      '| kernel | 1000 | 900 to 1100 |  |  |',
      '| ours | 600 | 590 to 610 | 0.60 of kernel | ≥ 0.6: met |',
    ]);
  });

  it('says that a goal is missed even if the rounded ratio reaches it', () => {
    const outcomes = [OUTCOMES[0]!, { side: 'ours', values: [599] }];
    const [, , , ours] = formatTable(HEADING, outcomes, [
      { side: 'ours', of: 'kernel', atLeast: 0.6 },
    ]);
    expect(ours).toContain('0.60 of kernel | ≥ 0.6: missed');
  });

  it('shows several ratios of a side, with a goal or without', () => {
    const lwip = { side: 'lwIP', values: [300] };
    const lines = formatTable(
      HEADING,
      [...OUTCOMES, lwip],
      [
        { side: 'ours', of: 'kernel' },
        { side: 'ours', of: 'lwIP', atLeast: 2 },
      ],
    );
    expect(lines[3]).toBe('| ours | 600 | 590 to 610 | 0.60 of kernel; 2.00 of lwIP | ≥ 2: met |');
  });

  it.each([
    [0.149, 'met'],
    [0.15, 'missed'],
  ])('compares a figure itself with a limit: %d is %s', (value, verdict) => {
    const lines = formatTable(
      { title: 'ping', unit: 'ms' },
      [{ side: 'ours', values: [value] }],
      [{ side: 'ours', below: 0.15 }],
    );
    expect(lines[2]).toContain(`< 0.15: ${verdict} |`);
  });

  it('leaves out a side that was not measured, with a note, and marks its goals as not measured', () => {
    const missing = { side: 'lwIP', note: 'apt-get install liblwip-dev' };
    const lines = formatTable(
      HEADING,
      [missing, ...OUTCOMES],
      [
        { side: 'ours', of: 'lwIP', atLeast: 2 },
        { side: 'ours', of: 'kernel' },
      ],
    );
    expect(lines[2]).toBe('| lwIP | not measured: apt-get install liblwip-dev | | | |');
    expect(lines[4]).toBe(
      '| ours | 600 | 590 to 610 | 0.60 of kernel | ≥ 2 of lwIP: not measured |',
    );
  });

  it('refuses a ratio to a name that is not a side of the table', () => {
    const comparisons = [{ side: 'ours', of: 'nobody' }];
    expect(() => formatTable(HEADING, OUTCOMES, comparisons)).toThrow('nobody');
  });
});

describe('formatFigure', () => {
  it.each([
    [0, '0'],
    [0.0123, '0.0123'],
    [0.14567, '0.146'],
    [9.999, '10'],
    [73.46, '73.5'],
    [1250.6, '1251'],
    [52436.7, '52437'],
  ])('%d is %s', (value, text) => {
    expect(formatFigure(value)).toBe(text);
  });
});
