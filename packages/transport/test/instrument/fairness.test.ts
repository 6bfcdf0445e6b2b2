import { fairnessIndex, Measurement } from '@strata/simulator';
import { ALGORITHMS, expectSnapshot, figure, kilo, quantile, table } from './instrument-kit.ts';

const RATE_OCTETS = 1_250_000;
const RTT_MS = 40;
const BANDWIDTH_DELAY_OCTETS = (RATE_OCTETS * RTT_MS) / 1000;

function wire(queueOctets: number) {
  return { delayMs: RTT_MS / 2, rateOctetsPerSecond: RATE_OCTETS, queueOctets };
}

describe('two flows share a bottleneck of 10 Mbit/s, 40 ms, with a queue of a bandwidth-delay product', () => {
  const rows: string[][] = [];

  it.each([
    { first: 'cubic', second: 'cubic', atMs: 0, least: 0.95 },
    { first: 'cubic', second: 'cubic', atMs: 5000, least: 0.9 },
    { first: 'reno', second: 'reno', atMs: 0, least: 0.95 },
    { first: 'reno', second: 'reno', atMs: 5000, least: 0.9 },
    { first: 'reno', second: 'cubic', atMs: 0, least: 0.8 },
    { first: 'cubic', second: 'reno', atMs: 5000, least: 0.8 },
  ])(
    "$first and, from $atMs ms on, $second: Jain's index at least $least",
    ({ first, second, atMs, least }) => {
      const measurement = new Measurement({
        seed: 1,
        flows: [{ congestionControl: first }, { congestionControl: second, startMs: atMs }],
        wire: wire(BANDWIDTH_DELAY_OCTETS),
      });
      measurement.runUntil(atMs + 10_000);
      const shares = measurement.goodputsUntil(atMs + 30_000);
      const used = (shares[0]! + shares[1]!) / RATE_OCTETS;
      rows.push([
        first,
        second,
        `${atMs} ms`,
        kilo(shares[0]!),
        kilo(shares[1]!),
        figure(fairnessIndex(shares)),
        figure(used),
      ]);
      expect(fairnessIndex(shares)).toBeGreaterThanOrEqual(least);
      expect(used).toBeGreaterThanOrEqual(0.9);
    },
    20_000,
  );

  it('matches the snapshot', () => {
    expectSnapshot('fairness', [
      '# Fairness of two flows over a bottleneck of 10 Mbit/s, 40 ms, queue 50 KB',
      '',
      "KB/s in the 20 s that begin 10 s after the second has begun; Jain's index of the two; the share of the wire that is goodput.",
      '',
      ...table(['first', 'second', 'begins at', 'first', 'second', 'index', 'used'], rows),
    ]);
  });
});

describe('bufferbloat: one flow over the same bottleneck with a drop-tail queue of 1 MB', () => {
  it('fills the queue, as loss-based congestion control does, and matches the snapshot', () => {
    const rows = ALGORITHMS.map((algorithm) => {
      const measurement = new Measurement({
        seed: 1,
        flows: [{ congestionControl: algorithm }],
        wire: wire(1_000_000),
      });
      measurement.runUntil(5000);
      const before = measurement.queueDelaysMs.length;
      const [goodput = 0] = measurement.goodputsUntil(20_000);
      const delays = measurement.queueDelaysMs.slice(before);
      if (algorithm !== 'none') expect(goodput / RATE_OCTETS).toBeGreaterThanOrEqual(0.9);
      return [
        algorithm,
        figure(goodput / RATE_OCTETS),
        ...[0.05, 0.5, 0.95].map((share) => `${figure(quantile(delays, share))} ms`),
        String(measurement.transfer.pair.wire(0).fates['queue full']),
        String(measurement.counters.TCPTimeouts),
      ];
    });
    expectSnapshot('bufferbloat', [
      '# Queueing delay of one flow over a bottleneck of 10 Mbit/s, 40 ms, with a drop-tail queue of 1 MB (800 ms)',
      '',
      'What a packet waits in the queue from the 5th to the 20th second: 5%, half and 95% wait less than this.',
      '',
      ...table(['algorithm', 'used', '5%', '50%', '95%', 'queue full', 'timeouts'], rows),
    ]);
  }, 30_000);
});
