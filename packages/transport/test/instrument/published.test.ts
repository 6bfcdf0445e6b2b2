import { Measurement } from '@strata/simulator';
import {
  ALGORITHMS,
  expectSnapshot,
  figure,
  kilo,
  mean,
  responseBound,
  table,
} from './instrument-kit.ts';

/**
 * The model of smoltcp's simulator (its tests/netsim.rs): 10 MiB one way, buffers and windows of 32
 * KiB, packets of up to 1,500 octets, no rate limit, a round-trip time of 100 ms, and the same loss
 * probability for every packet both ways; timed from the connect to the last octet. It runs without
 * congestion control and without timestamps.
 */
const TRANSFER_OCTETS = 10 * 1024 * 1024;
const WINDOW_OCTETS = 32_768;
const RTT_MS = 100;
/** The figures of its snapshot, octets per second. */
const PUBLISHED = [
  { loss: 0, octetsPerSecond: 322_944.88 },
  { loss: 0.01, octetsPerSecond: 219_670.76 },
  { loss: 0.05, octetsPerSecond: 76_626.48 },
] as const;
const SEEDS = [1, 2];

function goodputs(algorithm: string, lossRatio: number): number[] {
  return (lossRatio === 0 ? [1] : SEEDS).map((seed) => {
    const flow = {
      octets: TRANSFER_OCTETS,
      bufferOctets: WINDOW_OCTETS,
      congestionControl: algorithm,
    };
    const wire = { delayMs: RTT_MS / 2, lossRatio };
    const measurement = new Measurement({ seed, flows: [flow], wire });
    measurement.runToEnd();
    return measurement.goodput(0);
  });
}

const cases = PUBLISHED.flatMap((published) =>
  ALGORITHMS.map((algorithm) => ({ algorithm, ...published })),
);

describe('32 KiB buffers and a round trip of 100 ms, as in the published figures of another stack', () => {
  const measured = new Map<unknown, number[]>();

  beforeAll(() => {
    for (const of of cases) measured.set(of, goodputs(of.algorithm, of.loss));
  }, 60_000);

  it.each(cases.filter(({ loss }) => loss === 0))(
    'no loss, $algorithm: the published figure, within 1% of window over round trip',
    (of) => {
      const goodput = mean(measured.get(of)!);
      expect(goodput).toBeGreaterThanOrEqual(of.octetsPerSecond);
      expect(goodput).toBeGreaterThanOrEqual((0.99 * WINDOW_OCTETS * 1000) / RTT_MS);
    },
  );

  it.each(cases.filter(({ loss }) => loss > 0))(
    'loss $loss with $algorithm: the published figure, or what the response function allows',
    (of) => {
      const bound = responseBound(of.algorithm, of.loss, RTT_MS);
      const required = Math.min(of.octetsPerSecond, 0.7 * bound);
      expect(mean(measured.get(of)!)).toBeGreaterThanOrEqual(required);
    },
  );

  it('matches the snapshot', () => {
    const rows = cases.map((of) => {
      const bound = responseBound(of.algorithm, of.loss, RTT_MS);
      const values = measured.get(of)!;
      return [
        `${of.loss * 100}%`,
        of.algorithm,
        kilo(mean(values)),
        values.map(kilo).join(' '),
        kilo(of.octetsPerSecond),
        kilo(Math.min(bound, (WINDOW_OCTETS * 1000) / RTT_MS)),
        bound === Infinity ? 'window / RTT' : 'response function',
        figure(mean(values) / of.octetsPerSecond),
      ];
    });
    expectSnapshot('published', [
      '# 32 KiB buffers, a round trip of 100 ms, beside the published figures of another stack',
      '',
      'KB/s (1,000 octets) of 10 MiB from the connect to the last octet, each packet either way lost with that probability, no limit of rate;',
      'the published figures are those of the simulator of smoltcp (tests/snapshots/netsim__netsim.snap), which runs without congestion control.',
      'A response function counts fractions of a segment; a window sends whole ones. At 5% it holds five or so, of which half of one, a tenth, is never used.',
      '',
      ...table(
        ['loss', 'algorithm', 'goodput', 'by seed', 'published', 'bound', 'by', 'ratio'],
        rows,
      ),
    ]);
  });
});
