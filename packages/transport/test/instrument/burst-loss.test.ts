import { Measurement, type WirePacket } from '@strata/simulator';
import { Ipv4Packet, isParseError, TcpSegment } from '@strata/wire';
import { ALGORITHMS, expectSnapshot, figure, table } from './instrument-kit.ts';

const RTT_MS = 50;
const TRANSFER_OCTETS = 2 * 1024 * 1024;
/** Larger than the bandwidth-delay product: new data can follow the retransmissions. */
const WINDOW_OCTETS = 1024 * 1024;

/** The range of a segment's data, as offsets in the stream; undefined: no data. */
function dataOf({ packet }: WirePacket, iss: number): [number, number] | undefined {
  const ip = Ipv4Packet.parse(packet);
  const segment = isParseError(ip) ? ip : TcpSegment.parse(ip.payload);
  if (isParseError(segment) || segment.payload.byteLength === 0) return undefined;
  const from = (segment.sequence - iss - 1) >>> 0;
  return [from, from + segment.payload.byteLength];
}

function issOf({ packet }: WirePacket): number {
  const ip = Ipv4Packet.parse(packet);
  const segment = isParseError(ip) ? ip : TcpSegment.parse(ip.payload);
  return isParseError(segment) ? 0 : segment.sequence;
}

interface Burst {
  readonly name: string;
  /** Stream offset at which the burst begins. */
  readonly from: number;
  /** Number of consecutive segments lost. */
  readonly segments: number;
  /** How often each segment is lost. Default 1. */
  readonly times?: number;
}

const BURSTS: readonly Burst[] = [
  { name: 'one segment', from: 500_000, segments: 1 },
  { name: '5 segments', from: 500_000, segments: 5 },
  { name: '20 segments', from: 500_000, segments: 20 },
  { name: '80 segments, a third of the window', from: 500_000, segments: 80 },
  { name: 'one segment, and it again', from: 500_000, segments: 1, times: 2 },
  { name: '5 segments, and they again', from: 500_000, segments: 5, times: 2 },
  { name: 'the last segment', from: TRANSFER_OCTETS - 100, segments: 1 },
  { name: 'the last 5 segments', from: TRANSFER_OCTETS - 5 * 1448, segments: 5 },
  { name: 'the last 10 segments', from: TRANSFER_OCTETS - 10 * 1448, segments: 10 },
];

/** The cost of a burst: how much longer the transfer takes with it, and the number of timeouts. */
function cost(algorithm: string, burst: Burst | undefined) {
  let iss: number | undefined;
  const lost = new Map<number, number>();
  const drop = (packet: WirePacket) => {
    iss ??= issOf(packet);
    const data = dataOf(packet, iss);
    if (burst === undefined || data === undefined || data[1] <= burst.from) return false;
    const { segments, times = 1 } = burst;
    const before = lost.get(data[0]) ?? 0;
    if (before === 0 && lost.size === segments) return false;
    if (before === times) return false;
    lost.set(data[0], before + 1);
    return true;
  };
  const measurement = new Measurement({
    seed: 1,
    flows: [
      {
        octets: TRANSFER_OCTETS,
        bufferOctets: WINDOW_OCTETS,
        congestionControl: algorithm,
      },
    ],
    wire: { delayMs: RTT_MS / 2, rateOctetsPerSecond: 12_500_000 },
    drop,
  });
  measurement.runToEnd();
  const tookMs = measurement.transfer.applications[1].streams[0]!.lastDataAtMs;
  const { TCPTimeouts, TcpRetransSegs } = measurement.counters;
  return { tookMs, lost: lost.size, timeouts: TCPTimeouts, resent: TcpRetransSegs };
}

describe('recovery after a burst loss: the time it adds to a transfer over a lossless wire of 100 Mbit/s, 50 ms', () => {
  it('matches the snapshot', () => {
    const rows = ALGORITHMS.flatMap((algorithm) => {
      const without = cost(algorithm, undefined).tookMs;
      return BURSTS.map((burst) => {
        const { tookMs, lost, timeouts, resent } = cost(algorithm, burst);
        expect(lost).toBe(burst.segments);
        // RACK finds lost retransmissions, and a probe finds a lost tail (RFC 8985). Without
        // congestion control all data is sent at once, and nothing follows to show a loss.
        if (algorithm !== 'none') expect(timeouts).toBe(0);
        return [
          algorithm,
          burst.name,
          `${figure(tookMs - without)} ms`,
          figure((tookMs - without) / RTT_MS),
          String(timeouts),
          String(resent),
        ];
      });
    });
    expectSnapshot('burst-loss', [
      '# Recovery after a burst loss',
      '',
      'How much longer 2 MiB with buffers of 1 MiB takes over a wire of 100 Mbit/s and 50 ms where segments in a row are lost once, than',
      'where none is; in milliseconds and in round trips. A longer time holds the smaller window afterwards too.',
      '',
      ...table(['algorithm', 'lost', 'longer by', 'RTTs', 'timeouts', 'sent again'], rows),
    ]);
  }, 30_000);
});
