import { BusError } from '@strata/bus';
import { TapError } from '@strata/tap';
import { CliError, describeFailure } from '../src/failure.ts';

function listenError(code: string): Error {
  const fields = { code, syscall: 'listen', address: '127.0.0.1', port: 80 };
  return Object.assign(new Error(`listen ${code}`), fields);
}

describe('describeFailure', () => {
  it.each([
    [
      'EADDRINUSE',
      'cannot listen on 127.0.0.1:80: the port is in use: choose another one in the config or by an option (--help)',
    ],
    ['EACCES', 'cannot listen on 127.0.0.1:80: no permission'],
    ['EADDRNOTAVAIL', 'cannot listen on 127.0.0.1:80: it is not an address of this machine'],
  ])('says of %s what a person can mend', (code, text) => {
    expect(describeFailure(listenError(code))).toBe(text);
  });

  it.each([
    new CliError('in words'),
    new BusError('BUS_CONNECT', 'in words'),
    new TapError('TAP_PERMISSION', 'in words', 'EPERM'),
  ])('gives the words of a $name without its stack', (error) => {
    expect(describeFailure(error)).toBe('in words');
  });

  it('shows where a bug is', () => {
    expect(describeFailure(new TypeError('x is undefined'))).toContain('failure.test.ts');
  });
});
