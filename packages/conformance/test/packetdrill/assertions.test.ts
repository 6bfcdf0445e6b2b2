import { AssertionFailure, Assertions } from '../../src/packetdrill/assertions/assertions.ts';
import { CodeError } from '../../src/packetdrill/assertions/tokens.ts';

const KNOWN: Record<string, number> = { tcpi_snd_cwnd: 10, tcpi_rtt: 100_000, TCPI_OPT_SACK: 2 };
const lookUp = (name: string) => KNOWN[name];

function run(...sources: readonly string[]): void {
  const assertions = new Assertions();
  for (const source of sources) assertions.run(source, lookUp);
}

describe('Assertions', () => {
  it.each([
    'assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd',
    'assert 90000 <= tcpi_rtt <= 110000, "rtt=%d" % tcpi_rtt',
    "assert tcpi_snd_cwnd == 10, 'cwnd %d rtt %d' % (tcpi_snd_cwnd, tcpi_rtt)",
    'assert (TCPI_OPT_SACK & 3) != 0',
    'assert tcpi_snd_cwnd == 0xa and not tcpi_snd_cwnd > 10 or False',
    'assert tcpi_snd_cwnd / 4 == 2.5 and tcpi_snd_cwnd // 4 == 2 and -7 % 3 == 2',
    'assert 1 << 4 | 1 == 17',
    'assert abs(-3) == min(3, 4) == int(3.9)',
    'print(tcpi_snd_cwnd); assert True; assert tcpi_snd_cwnd == 10',
    'assert tcpi_snd_cwnd == 10; \\\nassert tcpi_rtt == 100000   # a comment\n\nassert (1,\n2) == (1, 2)',
  ])('hold: %s', (source) => {
    expect(() => run(source)).not.toThrow();
  });

  it.each([
    ['assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd', 0, 'tcpi_snd_cwnd == 11 does not hold: 10'],
    ['\n\nassert 1 <= 0', 2, '1 <= 0 does not hold'],
    ['assert 5 <= tcpi_snd_cwnd <= 9', 0, '5 <= tcpi_snd_cwnd <= 9 does not hold'],
    ["assert False, 'cwnd %d' % tcpi_snd_cwnd", 0, 'False does not hold: cwnd 10'],
  ])('do not hold: %s', (source, line, message) => {
    expect(() => run(source)).toThrow(AssertionFailure);
    expect(() => run(source)).toThrow(expect.objectContaining({ line, message }));
  });

  it('keep names from one piece of code to the next', () => {
    run('cwnd = tcpi_snd_cwnd', 'cwnd += 2; assert cwnd == 12');
    expect(() => run('cwnd = 3', 'cwnd -= 1; assert cwnd == 3')).toThrow(AssertionFailure);
  });

  it.each([
    ['import os'],
    ['assert open("x")'],
    ['__import__("os")'],
    ['assert tcpi_what == 1'],
    ['assert lambda: 1'],
    ['assert [1][0] == 1'],
    ['assert "a".x'],
    ['x += 1'],
  ])('refuse what is no assertion about the connection: %s', (source) => {
    expect(() => run(source)).toThrow(CodeError);
  });
});
