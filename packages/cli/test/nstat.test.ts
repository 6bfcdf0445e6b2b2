import { flatten, formatLines, isWanted, linesOf } from '../src/nstat/counters.ts';
import { runCli } from './run-cli.ts';
import { type OneProcess, startOneProcess } from './support/compositions.ts';

describe('The counters of a stack', () => {
  it("have nstat's names, and the layer's where no MIB has them", () => {
    const layers = {
      link: { rx_packets: 1 },
      network: { IpInReceives: 2, IcmpInEchos: 3, StrataInMartianSrc: 4, core_errors: 5 },
      transport: { TcpOutSegs: 6, TCPTimeouts: 7, TW: 8, UdpNoPorts: 9 },
      application: null,
    };
    expect([...flatten(layers)]).toEqual([
      ['link.rx_packets', 1],
      ['IpInReceives', 2],
      ['IcmpInEchos', 3],
      ['StrataInMartianSrc', 4],
      ['network.core_errors', 5],
      ['TcpOutSegs', 6],
      ['TcpExtTCPTimeouts', 7],
      ['TcpExtTW', 8],
      ['UdpNoPorts', 9],
    ]);
  });

  it.each([
    ['Tcp*', 'TcpOutSegs', true],
    ['Tcp*', 'IpOutRequests', false],
    ['*Segs', 'TcpOutSegs', true],
    ['link.?x_packets', 'link.rx_packets', true],
    ['link.?x_packets', 'linkXrx_packets', false],
    ['(', 'TcpOutSegs', false],
  ])('are chosen by a pattern: %s, %s', (pattern, name, expected) => {
    expect(isWanted(name, [pattern])).toBe(expected);
  });

  it('grow by what they have more than before, and from 0 where a layer was started anew', () => {
    const before = new Map([
      ['IpInReceives', 100],
      ['TcpOutSegs', 50],
    ]);
    const now = new Map([
      ['IpInReceives', 130],
      ['TcpOutSegs', 20],
      ['UdpNoPorts', 5],
    ]);
    expect(linesOf(now, { counters: before, seconds: 2 }, [], false)).toEqual([
      { name: 'IpInReceives', value: 30, perSecond: 15 },
      { name: 'UdpNoPorts', value: 5, perSecond: 2.5 },
    ]);
  });

  it('stand in the columns of nstat', () => {
    const line = { name: 'IpInReceives', value: 30, perSecond: 15 };
    expect(formatLines('server', [line])).toBe(
      '#strata server\nIpInReceives                    30                15.0\n',
    );
  });
});

describe('strata nstat', () => {
  let stacks: OneProcess;
  beforeAll(async () => {
    stacks = await startOneProcess();
  });
  afterAll(() => stacks.stop());

  const nstat = (...args: string[]) => runCli('nstat', ...stacks.target, ...args);

  it('shows counters that are 0 with -z alone', async () => {
    const { stdout } = await nstat('-z', 'Tcp*');
    expect(stdout).toMatch(/^#strata server\n(.*\n)?TcpActiveOpens {18}0 {17}0\.0\n/);
    expect(stdout).toContain('\nTcpExtTCPTimeouts ');
    expect((await nstat('TcpOutRsts')).stdout).toBe('#strata server\n');
  });

  it('shows the growth of each interval, and ends at the count', async () => {
    const { stdout, status } = await nstat('-d', '0.1', '-c', '2', '-z', '--json', 'Ip*');
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]!).server.IpInReceives).toEqual({ value: 0, perSecond: 0 });
    expect(status).toBe(0);
  });

  it.each([
    [['Nothing*'], 'no counter matches Nothing*: strata nstat -z lists them all', 1],
    [['-c', '3'], '-c counts intervals: give -d as well', 2],
    [['-d', '0'], 'It should be a number of seconds from 0.1 to 3600.', 2],
    [['--stack', 'nobody'], 'nobody', 1],
  ])('refuses %j', async (args, message, expected) => {
    const { stderr, status } = await nstat(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(expected);
  });
});
