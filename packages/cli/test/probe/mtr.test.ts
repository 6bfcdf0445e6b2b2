import { createHop, takeAnswer } from '../../src/probe/mtr/hop.ts';
import type { MtrOptions } from '../../src/probe/mtr/mtr-options.ts';
import { formatFigures, formatReport, toJson } from '../../src/probe/mtr/report.ts';
import { runMtr } from '../../src/probe/mtr/run.ts';
import { drawScreen } from '../../src/probe/mtr/screen.ts';
import { restart, type Survey } from '../../src/probe/mtr/survey.ts';
import type { ApiProbe } from '../../src/probe/session.ts';
import { FakeExchange, type Fate } from './fake-exchange.ts';

const OPTIONS: MtrOptions = {
  stack: 'server',
  name: '10.0.3.2',
  address: '10.0.3.2',
  kind: 'echo',
  port: undefined,
  cycles: 3,
  intervalMs: 1000,
  graceMs: 5000,
  firstHop: 1,
  maxHops: 30,
  packetOctets: 64,
  tos: 0,
};

/** Two routers, of which the second is silent, then the target; each reply takes longer. */
function wayTo({ ttl = 64 }: ApiProbe, count: number): Fate {
  if (ttl === 2) return [];
  const error = { outcome: 'icmp error', icmpType: 11, icmpCode: 0 } as const;
  const ms = ttl + count / 100;
  return [[ms, ttl === 1 ? { ...error, from: '10.0.1.1' } : { from: '10.0.3.2' }]];
}

async function mtr(changes: Partial<MtrOptions>, fateOf = wayTo) {
  const session = new FakeExchange(fateOf);
  const { signals } = session;
  const survey = await runMtr(
    { ...OPTIONS, ...changes },
    { session, signals, nowMs: () => session.nowMs },
  );
  return { survey, sent: session.sent, tookMs: session.nowMs - 1000 };
}

const STYLE = { startedUnixMs: 1_700_000_000_000, wide: false, numeric: true };
const report = (survey: Survey, wide = false) => formatReport(survey, { ...STYLE, wide });

describe('strata mtr', () => {
  it('reports what mtr -r reports', async () => {
    const { survey } = await mtr({});
    expect(report(survey)).toBe(`Start: 2023-11-14T22:13:20+0000
HOST: server                      Loss%   Snt   Last   Avg  Best  Wrst StDev
  1.|-- 10.0.1.1                   0.0%     3    1.1   1.0   1.0   1.1   0.0
  2.|-- ???                       100.0     3    0.0   0.0   0.0   0.0   0.0
  3.|-- 10.0.3.2                   0.0%     3    3.1   3.1   3.0   3.1   0.0
`);
  });

  it('has columns as wide as its names in a wide report, as mtr -w', async () => {
    const { survey } = await mtr({ stack: 'vm' });
    expect(report(survey, true)).toContain(`
HOST: vm       Loss%   Snt   Last   Avg  Best  Wrst StDev
  1.|-- 10.0.1.1  0.0%     3    1.1   1.0   1.0   1.1   0.0
`);
  });

  it('probes each hop up to the target once in a cycle, spread over the interval', async () => {
    const { sent, tookMs } = await mtr({ cycles: 3 });
    const ttls = sent.map(({ ttl }) => ttl);
    expect(ttls).toEqual([1, 2, 3, 4, 1, 2, 3, 1, 2, 3]);
    expect(sent[0]).toMatchObject({ kind: 'echo', octets: 36 });
    // The silent hop makes it wait for the whole grace time.
    expect(tookMs).toBeGreaterThan(7000);
  });

  it('ends without waiting where everything is answered', async () => {
    const { tookMs } = await mtr({ cycles: 1 }, ({ ttl = 1 }) => [
      [ttl, ttl < 2 ? { outcome: 'icmp error', icmpType: 11, from: '10.0.1.1' } : { from: 'x' }],
    ]);
    expect(tookMs).toBe(203);
  });

  it('stops at a hop that says unreachable', async () => {
    const { survey, sent } = await mtr({ cycles: 2 }, ({ ttl = 1 }) => [
      [1, { outcome: 'icmp error', icmpType: ttl > 1 ? 3 : 11, icmpCode: 1, from: '10.0.1.1' }],
    ]);
    expect(sent).toHaveLength(5);
    expect(report(survey).split('\n').slice(2)).toMatchObject([
      expect.stringMatching(/^ {2}1\.\|-- 10\.0\.1\.1 .* 0\.0% {5}2 /),
      expect.stringMatching(/^ {2}2\.\|-- 10\.0\.1\.1 .* 0\.0% {5}2 /),
      '',
    ]);
  });

  it('gives up a way on which nobody answers after 13 hops', async () => {
    const { sent, survey } = await mtr({ cycles: 1 }, () => []);
    expect(sent.at(-1)!.ttl).toBe(14);
    expect(report(survey)).toContain('  1.|-- ???                       100.0     1 ');
  });

  it('cuts figures that are too wide, and computes the deviation of a sample', () => {
    const hop = { ...createHop(), sent: 2 };
    for (const rttMs of [3077.4, 2769.04]) {
      takeAnswer(hop, { sequence: 1, outcome: 'reply', rttMs, from: '10.0.3.2' });
    }
    // As mtr prints them: five characters and a space.
    expect(formatFigures(hop)).toBe('  0.0%     2  2769. 2923. 2769. 3077. 218.0');
  });

  it('has the JSON of mtr --json', async () => {
    const { survey } = await mtr({});
    const { report: inner } = JSON.parse(toJson(survey, true));
    expect(inner.mtr).toEqual({
      ...{ src: 'server', dst: '10.0.3.2', tos: 0, tests: 3, psize: '64', bitpattern: '0x00' },
    });
    expect(inner.hubs[1]).toEqual({
      ...{
        count: 2,
        host: '???',
        'Loss%': 100,
        Snt: 3,
        Last: 0,
        Avg: 0,
        Best: 0,
        Wrst: 0,
        StDev: 0,
      },
    });
    expect(inner.hubs[0]).toMatchObject({ host: '10.0.1.1', Last: 1.08, Best: 1.01, Avg: 1.047 });
  });

  it('draws a table that fits the screen, and starts it anew', async () => {
    const { survey } = await mtr({});
    const state = { unixMs: 1_700_000_000_000, numeric: true, isPaused: true };
    const lines = drawScreen(survey, { columns: 80, rows: 7 }, state).split('\r\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the screen is made of.
    const plain = lines.map((line) => line.replace(/\x1b\[[\d?]*[a-zA-Z]/g, ''));
    expect(plain).toHaveLength(7);
    expect(Math.max(...plain.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(plain[1]).toMatch(/^server -> 10\.0\.3\.2 \(10\.0\.3\.2\) +2023-11-14T22:13:20\+0000$/);
    expect(plain[2]).toContain('(paused)');
    expect(plain[5]).toMatch(/^ 1\. 10\.0\.1\.1 +0\.0% +3 /);
    restart(survey);
    expect(drawScreen(survey, { columns: 80, rows: 24 }, state)).not.toContain('10.0.1.1');
  });
});
