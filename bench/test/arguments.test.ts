import { parseCommand } from '../src/arguments.ts';

const NAMES = ['bulk', 'bulk-bare', 'requests-1', 'requests-64', 'ping'];

const run = (rows: readonly string[], write = false) => ({ kind: 'run', rows, write });

describe('parseCommand', () => {
  it.each([
    ['nothing: all rows', [], NAMES],
    ['a row', ['ping'], ['ping']],
    ['the name of a row that others begin with: that row alone', ['bulk'], ['bulk']],
    ['the beginning of several', ['requests'], ['requests-1', 'requests-64']],
    [
      'several, in the order of the bench and once each',
      ['ping', 'bulk', 'ping'],
      ['bulk', 'ping'],
    ],
  ])('takes %s', (_name, args, rows) => {
    expect(parseCommand(args, NAMES)).toEqual(run(rows));
  });

  it('changes the page only if it is told to', () => {
    expect(parseCommand(['ping', '--write'], NAMES)).toEqual(run(['ping'], true));
    expect(parseCommand(['--write'], NAMES)).toEqual(run(NAMES, true));
  });

  it.each(['list', 'help'])('knows --%s', (kind) => {
    expect(parseCommand([`--${kind}`], NAMES)).toEqual({ kind });
  });

  it.each([
    ['a row that there is not', ['pong'], 'there is no row "pong"; there are bulk, bulk-bare'],
    ['an empty name', [''], 'there is no row ""'],
    ['an unknown option', ['--fast'], "Unknown option '--fast'\nnpm run bench"],
    [
      'a value where none goes',
      ['--write=yes'],
      "'--write' does not take an argument\nnpm run bench",
    ],
  ])('refuses %s', (_name, args, message) => {
    const command = parseCommand(args, NAMES);
    expect(command).toMatchObject({ kind: 'wrong', message: expect.stringContaining(message) });
  });
});
