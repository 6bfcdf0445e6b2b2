import { type Impairment, Measurement } from '@strata/simulator';
import { expectSnapshot, figure, GOODPUT_SHARE, kilo, table } from './instrument-kit.ts';

const RATE_OCTETS = 2_500_000;
const TRANSFER_OCTETS = 8 * 1024 * 1024;

/** Wires without loss, the same both ways. */
const WIRES: readonly (Impairment & { readonly name: string; readonly rttMs: number })[] = [
  { name: '5% held back for 2 ms', rttMs: 50, reorderRatio: 0.05, reorderDelayMs: 2 },
  { name: '5% held back for 10 ms', rttMs: 10, reorderRatio: 0.05, reorderDelayMs: 10 },
  { name: '5% held back for 10 ms', rttMs: 50, reorderRatio: 0.05, reorderDelayMs: 10 },
  { name: '5% held back for 40 ms', rttMs: 50, reorderRatio: 0.05, reorderDelayMs: 40 },
  { name: '5% without the delay', rttMs: 10, overtakeRatio: 0.05 },
  { name: '5% without the delay', rttMs: 50, overtakeRatio: 0.05 },
  { name: 'jitter of up to 5 ms', rttMs: 50, jitterMs: 5, jitterReorders: true },
];

describe('a wire of 20 Mbit/s that reorders and loses nothing', () => {
  const rows: string[][] = [];

  it.each(WIRES)('$name, $rttMs ms: no timeout', ({ name, rttMs, ...wire }) => {
    const measurement = new Measurement({
      seed: 1,
      flows: [{ octets: TRANSFER_OCTETS, congestionControl: 'cubic' }],
      wire: { ...wire, delayMs: rttMs / 2, rateOctetsPerSecond: RATE_OCTETS },
    });
    measurement.runToEnd();
    const { TCPTimeouts, TcpRetransSegs } = measurement.counters;
    const goodput = measurement.goodput(0);
    rows.push([
      name,
      `${rttMs} ms`,
      kilo(goodput),
      figure(goodput / (RATE_OCTETS * GOODPUT_SHARE)),
      String(TcpRetransSegs),
      String(TCPTimeouts),
    ]);
    expect(TCPTimeouts).toBe(0);
  });

  it('matches the snapshot', () => {
    expectSnapshot('reordering', [
      '# Reordering without loss',
      '',
      `${TRANSFER_OCTETS / 2 ** 20} MiB over 20 Mbit/s with CUBIC; KB/s (1,000 octets), the share of what the wire lets through, and what was sent again in vain.`,
      '',
      ...table(['both ways', 'RTT', 'goodput', 'share', 'sent again', 'timeouts'], rows),
    ]);
  });
});
