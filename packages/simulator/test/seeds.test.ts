import { integerOf, seeds } from '../src/index.ts';

describe('A number of the environment', () => {
  const before = process.env['STRATA_SEED'];

  afterEach(() => {
    if (before === undefined) delete process.env['STRATA_SEED'];
    else process.env['STRATA_SEED'] = before;
  });

  it('is read from the environment, or has its default', () => {
    process.env['STRATA_SEED'] = '40';
    expect(seeds(3)).toEqual([40, 41, 42]);
    delete process.env['STRATA_SEED'];
    expect(integerOf('STRATA_SEED', 7)).toBe(7);
  });

  it.each(['', 'x', '1.5', '1e400', '0x10'])(
    'is refused with its name and value where it is %j',
    (text) => {
      process.env['STRATA_SEED'] = text;
      expect(() => seeds(1)).toThrow(`STRATA_SEED is '${text}': should be a whole number`);
    },
  );
});
