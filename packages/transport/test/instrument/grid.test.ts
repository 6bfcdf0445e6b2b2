import { Measurement } from '@strata/simulator';
import {
  ALGORITHMS,
  expectSnapshot,
  GOODPUT_SHARE,
  kilo,
  product,
  responseBound,
  table,
} from './instrument-kit.ts';

const LOSS_RATIOS = [0, 0.001, 0.01, 0.05];
const RTTS_MS = [10, 50, 200];
/** Buffers of both sockets; undefined: autotuned. */
const BUFFERS_OCTETS = [32_768, 262_144, undefined];
/**
 * A window that does not overflow the wire's queue, the only sensible one without congestion
 * control.
 */
const SMALL_BUFFERS_OCTETS = [32_768];
const RATE_OCTETS = 2_500_000;
const QUEUE_OCTETS = 64_000;
const TRANSFER_OCTETS = 2 * 1024 * 1024;
/** Round trips by which a lossless transfer may exceed its limit: the handshake and the ramp. */
const RAMP_ROUND_TRIPS = 16;

/**
 * Octets per second of a transfer whose packets, both ways, are each lost with that probability.
 */
function goodput(algorithm: string, rttMs: number, bufferOctets: number | undefined, loss: number) {
  const measurement = new Measurement({
    seed: 1,
    flows: [{ octets: TRANSFER_OCTETS, bufferOctets, congestionControl: algorithm }],
    wire: {
      lossRatio: loss,
      delayMs: rttMs / 2,
      rateOctetsPerSecond: RATE_OCTETS,
      queueOctets: QUEUE_OCTETS,
    },
  });
  measurement.runToEnd();
  return measurement.goodput(0);
}

/** The rate that the wire and the window allow without loss. */
function losslessBound(rttMs: number, bufferOctets = Infinity): number {
  return Math.min(RATE_OCTETS * GOODPUT_SHARE, (bufferOctets * 1000) / rttMs);
}

function rowsOf(algorithm: string) {
  const buffers = algorithm === 'none' ? SMALL_BUFFERS_OCTETS : BUFFERS_OCTETS;
  return product([algorithm], RTTS_MS, buffers);
}

describe('the grid: goodput by loss, round-trip time, buffer and congestion control', () => {
  const cells = new Map<string, number>();
  const key = (...of: readonly unknown[]) => of.join(' ');

  beforeAll(() => {
    for (const [algorithm, rttMs, buffer] of ALGORITHMS.flatMap(rowsOf)) {
      for (const loss of LOSS_RATIOS) {
        cells.set(key(algorithm, rttMs, buffer, loss), goodput(algorithm, rttMs, buffer, loss));
      }
    }
  }, 120_000);

  it('comes near the limit of window and wire without loss', () => {
    for (const [algorithm, rttMs, buffer] of ALGORITHMS.flatMap(rowsOf)) {
      const rate = cells.get(key(algorithm, rttMs, buffer, 0))!;
      const leastMs = (TRANSFER_OCTETS * 1000) / losslessBound(rttMs, buffer);
      const tookMs = (TRANSFER_OCTETS * 1000) / rate;
      const cell = `${algorithm}, ${rttMs} ms, ${buffer}`;
      expect({ cell, tookMs, inTime: tookMs <= leastMs + RAMP_ROUND_TRIPS * rttMs }).toEqual({
        cell,
        tookMs,
        inTime: true,
      });
      expect(rate).toBeLessThanOrEqual(losslessBound(rttMs, buffer));
    }
  });

  it('matches the snapshot', () => {
    const percent = (ratio: number) => `${ratio * 100}%`;
    const row = (algorithm: string, rttMs: number, buffer: number | undefined) => [
      `${rttMs} ms`,
      buffer === undefined ? 'auto' : `${buffer / 1024} KiB`,
      kilo(losslessBound(rttMs, buffer)),
      ...LOSS_RATIOS.map((loss) => {
        const bound = Math.min(losslessBound(rttMs, buffer), responseBound(algorithm, loss, rttMs));
        const rate = kilo(cells.get(key(algorithm, rttMs, buffer, loss))!);
        return loss === 0 ? rate : `${rate} of ${kilo(bound)}`;
      }),
    ];
    const head = ['RTT', 'buffers', 'bound', ...LOSS_RATIOS.map(percent)];
    expectSnapshot('grid', [
      '# Goodput by loss, round-trip time, buffer and congestion control',
      '',
      `Transfers of ${TRANSFER_OCTETS / 2 ** 20} MiB over a wire of ${(RATE_OCTETS * 8) / 1e6} Mbit/s each way with a drop-tail queue of ${kilo(QUEUE_OCTETS)} KB, one seed, in KB/s`,
      '(1,000 octets) from the connect to the last octet. Each packet either way is lost with the probability of the column.',
      'Bound: the least of window / RTT and the wire; with loss, the least of this and the response function stands behind "of".',
      ...ALGORITHMS.flatMap((algorithm) => {
        const rows = rowsOf(algorithm).map((of) => row(...of));
        return ['', `## ${algorithm}`, '', ...table(head, rows)];
      }),
    ]);
  });
});
