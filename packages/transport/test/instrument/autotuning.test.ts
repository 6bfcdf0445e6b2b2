import { Measurement } from '@strata/simulator';
import { ALGORITHMS, expectSnapshot, figure, table } from './instrument-kit.ts';

const RATE_OCTETS = 12_500_000;
/** When the ramp ends, and when the measurement after it ends. */
const RTTS = [
  { rttMs: 10, rampMs: 1000, untilMs: 2500 },
  { rttMs: 50, rampMs: 2000, untilMs: 4000 },
  { rttMs: 200, rampMs: 4000, untilMs: 7000 },
] as const;
const STEP_MS = 100;
const REQUIRED_SHARE = 0.95;

const cases = RTTS.flatMap((rtt) =>
  ALGORITHMS.filter((name) => name !== 'none').map((algorithm) => ({ ...rtt, algorithm })),
);

describe('autotuned buffers fill a wire of 100 Mbit/s (queue: one bandwidth-delay product)', () => {
  const rows: string[][] = [];

  it.each(cases)(
    'at $rttMs ms with $algorithm',
    ({ rttMs, rampMs, untilMs, algorithm }) => {
      const measurement = new Measurement({
        seed: 1,
        flows: [{ congestionControl: algorithm }],
        wire: {
          delayMs: rttMs / 2,
          rateOctetsPerSecond: RATE_OCTETS,
          queueOctets: (RATE_OCTETS * rttMs) / 1000,
        },
      });
      let filledMs = 0;
      while (filledMs === 0 && measurement.nowMs < rampMs) {
        const [goodput = 0] = measurement.goodputsUntil(measurement.nowMs + STEP_MS);
        if (goodput >= REQUIRED_SHARE * RATE_OCTETS) filledMs = measurement.nowMs;
      }
      measurement.runUntil(rampMs);
      const [goodput = 0] = measurement.goodputsUntil(untilMs);
      const share = goodput / RATE_OCTETS;
      rows.push([
        `${rttMs} ms`,
        algorithm,
        `${filledMs} ms`,
        figure(share),
        String(measurement.transfer.pair.wire(0).fates['queue full']),
        String(measurement.counters.TCPTimeouts),
      ]);
      expect(filledMs).toBeGreaterThan(0);
      expect(share).toBeGreaterThanOrEqual(REQUIRED_SHARE);
    },
    30_000,
  );

  it('matches the snapshot', () => {
    expectSnapshot('autotuning', [
      '# Autotuned buffers on a wire of 100 Mbit/s',
      '',
      'When 95% of the wire is goodput for the first time (in 100 ms), and the share of the wire that is goodput after the ramp: from 1, 2 and',
      '4 s to 2.5, 4 and 7 s. Queue: one bandwidth-delay product. Headers leave 0.965.',
      '',
      ...table(['RTT', 'algorithm', 'filled after', 'share', 'queue full', 'timeouts'], rows),
    ]);
  });
});
