import { resultLines } from '../../src/packetdrill/index.ts';
import { ESTABLISHED, NEXT, run } from './run.ts';

/**
 * The failure of a script with these lines after the connection is open. Line 1 is the first of
 * them.
 */
function failure(more: string): string[] {
  const result = run(ESTABLISHED + more);
  expect(result.verdict).toBe('failed');
  const [, where, ...rest] = resultLines(result);
  const [, line, message] = /^ {2}test\.pkt:(\d+): (.*)$/.exec(where!)!;
  return [`${Number(line) - NEXT + 1}: ${message}`, ...rest.map((text) => text.trim())];
}

const WRITE = '+0 write(4, ..., 1500) = 1500\n';

describe('A script that says something else than TCP does fails at its line', () => {
  it('passes if the script is right, for comparison', () => {
    const right = `${WRITE}+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:1501(500) ack 1\n`;
    expect(run(ESTABLISHED + right)).toMatchObject({ verdict: 'passed', line: undefined });
  });

  it('for the flags', () => {
    expect(failure(`${WRITE}+0 > F. 1:1001(1000) ack 1\n`)).toEqual([
      '2: the flags are ., not F.',
      'expected: > F. 1:1001(1000) ack 1',
      'actual:   > . 1:1001(1000) ack 1 win 65535',
    ]);
  });

  it('for PSH, where no super-segment of Linux explains it', () => {
    const first = `${WRITE}+0 > P. 1:1001(1000) ack 1\n`;
    expect(failure(`${first}+0 > . 1001:1501(500) ack 1\n`)[0]).toBe('3: the flags are P., not .');
    expect(run(`--strict_segments\n${ESTABLISHED}${first}`)).toMatchObject({
      verdict: 'failed',
      line: NEXT + 2,
      message: 'the flags are ., not P.',
    });
  });

  it.each([
    ['the sequence number', '. 2:1002(1000) ack 1', 'the sequence number is 1, not 2'],
    ['the number of octets', '. 1:501(500) ack 1', 'the number of octets is 1000, not 500'],
    ['the acknowledgment', '. 1:1001(1000) ack 2', 'the acknowledgment is 1, not 2'],
    ['the window', '. 1:1001(1000) ack 1 win 5', 'the window is 65535, not 5'],
    ['options', '. 1:1001(1000) ack 1 <mss 5>', 'the options are none, not <mss 5>'],
    ['ECN', '[ect0] . 1:1001(1000) ack 1', 'it is not ECN-capable, not ECT(0)'],
    ['the TTL', '[ttl 3] . 1:1001(1000) ack 1', 'the TTL is 64, not 3'],
  ])('for %s', (_what, packet, message) => {
    expect(failure(`${WRITE}\n+0 > ${packet}\n`)[0]).toBe(`3: ${message}`);
  });

  it('for the time of a packet, early or late', () => {
    expect(failure(`${WRITE}+.1 > . 1:1001(1000) ack 1\n`)[0]).toBe(
      '2: the packet is too early: at 0.1 s, not at 0.2 s (tolerance 0.0125 s)',
    );
    const late = `${WRITE}+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:1501(500) ack 1\n+0 > . 1:1001(1000) ack 1\n`;
    expect(failure(late)[0]).toMatch(/^4: the packet is too late: at 0\.\d+ s, not at 0\.1 s/);
  });

  it('for a packet that never comes', () => {
    expect(failure('+1 > . 1:1(0) ack 1\n')).toEqual([
      '1: no packet was sent up to 1.225 s',
      'expected: > . 1:1(0) ack 1',
    ]);
  });

  it('for a packet of which only a part comes', () => {
    expect(failure(`${WRITE}+0 > P. 1:3001(3000) ack 1\n`)[0]).toMatch(
      /^2: what was sent then does not continue it: > \. 1:1001\(1000\) ack 1/,
    );
  });

  it('for the result of a call', () => {
    expect(failure('+0 write(4, ..., 10) = -1 EPIPE (Broken pipe)\n')).toEqual([
      '1: write gives what it should not',
      'expected: write(…) = -1 EPIPE',
      'actual:   write(…) = 10',
    ]);
  });

  it('for a call that blocks, and for one that does so too long or not long enough', () => {
    expect(failure('+0 read(4, ..., 10) = 10\n')).toEqual(['1: read blocks']);
    expect(failure('+0...0.5 read(4, ..., 10) = 10\n+1 close(3) = 0\n')).toEqual([
      '1: read has not returned by 0.6625 s',
    ]);
    expect(failure('+0...0.5 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 9\n')).toEqual([
      '1: the end of read is too early: at 0.2 s, not at 0.6 s (tolerance 0.0625 s)',
    ]);
  });

  it('for an assertion, at its line of the code', () => {
    expect(
      failure(
        '+0 %{\nassert tcpi_state == TCP_ESTABLISHED\nassert tcpi_snd_mss == 7, tcpi_snd_mss\n}%',
      ),
    ).toEqual(['3: tcpi_snd_mss == 7 does not hold: 1000']);
  });

  it('for a time that goes backward', () => {
    expect(failure('0.05 < . 1:1(0) ack 1 win 9\n')[0]).toMatch(/^1: it is too late: at 0\.1 s/);
  });

  it('for an echo of a timestamp that was never sent', () => {
    expect(failure('+0 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 5>\n')).toEqual([
      '1: it echoes a timestamp that was never sent',
    ]);
  });
});
