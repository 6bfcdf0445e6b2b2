import {
  ADDRESS_A,
  ADDRESS_B,
  createTcpPair,
  type Impairment,
  runSeed,
  SeededRandom,
  seeds,
  type TcpPairSide,
  type WirePacket,
} from '@strata/simulator';
import {
  type IpAddress,
  Ipv4Packet,
  isParseError,
  TCP_SYN,
  TcpSegment,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { createTransfer, require, runTransfer, type TransferOptions } from './tcp-pair-kit.ts';

/**
 * Runs the scenario for each seed: all octets arrive both ways, both sides close, no timer and no
 * socket is left.
 */
function holdsFor(
  name: string,
  count: number,
  scenario: (random: SeededRandom) => TransferOptions,
) {
  for (const seed of seeds(count)) {
    runSeed(name, seed, (value, recorder) => {
      const options = scenario(new SeededRandom(value, 7));
      runTransfer(createTransfer(value, options, recorder), options.up, options.down);
    });
  }
}

/** Random amounts of loss, delay, duplication and reordering. */
function roughWire(random: SeededRandom): Impairment {
  return {
    lossRatio: random.pick([0, 0.005, 0.02, 0.05, 0.1]),
    duplicateRatio: random.pick([0, 0.01, 0.1]),
    reorderRatio: random.pick([0, 0.01, 0.1, 0.3]),
    reorderDelayMs: random.pick([1, 5, 30]),
    delayMs: random.pick([0, 0.1, 5, 50, 200]),
    jitterMs: random.pick([0, 1, 20]),
    rateOctetsPerSecond: random.pick([Infinity, 1_000_000, 100_000_000]),
  };
}

function roughWires(random: SeededRandom) {
  return [roughWire(random), roughWire(random)] as const;
}

/**
 * The start of the clock with which a side's ISN is this one: the ISN clock counts 250 in a
 * millisecond (RFC 9293 3.4.1).
 */
function startForIss(seed: number, side: 0 | 1, wished: number): number {
  const issFrom = (startMs: number) => {
    let iss: number | undefined;
    const drop = (from: 0 | 1, packet: WirePacket) => {
      if (from === side) iss ??= issOf(packet);
      return false;
    };
    createTransfer(seed, { up: 1, down: 1, startMs, drop }).pair.run();
    return iss!;
  };
  const startMs = (((wished - issFrom(0) + 2 ** 32) % 2 ** 32) + 0.5) / 250;
  const missed = (issFrom(startMs) - wished) | 0;
  require(Math.abs(missed) <= 1, `the ISN does not follow the clock: it is off by ${missed}`);
  return startMs;
}

function issOf({ packet }: WirePacket): number | undefined {
  const ip = Ipv4Packet.parse(packet);
  const segment = isParseError(ip) ? ip : TcpSegment.parse(ip.payload);
  if (isParseError(segment) || (segment.flags & TCP_SYN) === 0) return undefined;
  return segment.sequence;
}

const SIZES = [0, 1, 536, 1460, 20_000, 150_000];

describe('a simulated pair: all octets arrive both ways, both sides close, no timer and no socket is left', () => {
  it('over a perfect wire', () => {
    holdsFor('perfect', 3, () => ({ up: 3_000_000, down: 3_000_000 }));
  });

  it('over 500 seeds of wires with loss, delay, duplication and reordering', () => {
    holdsFor('rough', 500, (random) => ({
      up: random.pick(SIZES),
      down: random.pick(SIZES),
      wire: roughWires(random),
    }));
  }, 120_000);

  it('with corruption: a wrong checksum drops the segment, and it is retransmitted', () => {
    let errors = 0;
    for (const seed of seeds(30)) {
      runSeed('corruption', seed, (value, recorder) => {
        const wire = { corruptRatio: 0.05, delayMs: 5 };
        const transfer = createTransfer(value, { up: 100_000, down: 100_000, wire }, recorder);
        const { pair, cores, applications } = transfer;
        require(pair.run(3_600_000), 'timers still run');
        for (const { streams } of applications) {
          require(streams[0]?.receivedOctets === 100_000, 'not all came');
          require(streams[0]?.closed?.reason === 'finished', 'not finished');
        }
        for (const { counters } of cores) errors += counters.TcpInCsumErrors;
      });
    }
    expect(errors).toBeGreaterThan(100);
  });

  it.each([
    ['without timestamps', { tcp_timestamps: 0 }],
    ['without SACK', { tcp_sack: 0 }],
    ['without SACK and timestamps', { tcp_sack: 0, tcp_timestamps: 0 }],
    ['without window scaling', { tcp_window_scaling: 0 }],
    ['without any option', { tcp_sack: 0, tcp_timestamps: 0, tcp_window_scaling: 0 }],
  ])('%s on one side', (name, sysctl) => {
    holdsFor(name, 40, (random) => {
      const plain = random.pick([0, 1]);
      return {
        up: random.pick(SIZES),
        down: random.pick(SIZES),
        wire: roughWires(random),
        client: plain === 0 ? { sysctl } : {},
        server: plain === 1 ? { sysctl } : {},
      };
    });
  });

  it('with tiny receive buffers', () => {
    holdsFor('tiny receive buffers', 40, (random) => ({
      up: 60_000,
      down: 60_000,
      wire: roughWires(random),
      client: { sysctl: { tcp_rmem: [2304, random.pick([2304, 3000, 5000]), 6000] } },
      server: { sysctl: { tcp_rmem: [2304, random.pick([2304, 4096, 9000]), 9000] } },
    }));
  });

  it('with tiny send buffers and small writes', () => {
    holdsFor('tiny send buffers', 40, (random) => {
      const side = {
        sysctl: { tcp_wmem: [4096, 4096, 4096] as const },
        stream: {
          writeOctets: random.pick([1, 7, 100, 5000]),
          writeEveryMs: random.pick([0, 0.5]),
        },
      };
      return { up: 10_000, down: 10_000, wire: roughWires(random), client: side, server: side };
    });
  });

  it('with readers so slow that the window closes again and again', () => {
    holdsFor('zero window', 60, (random) => ({
      up: 60_000,
      down: random.pick([0, 5000]),
      wire: roughWires(random),
      server: {
        sysctl: { tcp_rmem: [4096, random.pick([4096, 30_000]), 30_000] },
        stream: {
          windowOctets: random.pick([500, 3000, 20_000]),
          readOctets: random.pick([500, 3000, 30_000]),
          readEveryMs: random.pick([5, 300, 3000]),
          readAfterMs: random.pick([0, 100_000]),
        },
      },
    }));
  }, 60_000);

  it('with MTUs and MSSes of all sizes', () => {
    holdsFor('MSS', 60, (random) => ({
      up: 50_000,
      down: 50_000,
      wire: roughWires(random),
      client: { mtuOctets: random.pick([576, 1500, 9000, 65_535]), maxPduOctets: 65_000 },
      server: { mtuOctets: random.pick([576, 1500, 9000, 65_535]), maxPduOctets: 1 },
    }));
  });

  it('over a wire narrower than either MTU: its ICMP errors make the segments smaller (RFC 1191)', () => {
    holdsFor('path MTU', 30, (random) => ({
      up: 100_000,
      down: 100_000,
      wire: { ...roughWire(random), mtuOctets: random.pick([600, 1000, 1400]) },
    }));
  });

  it('with super-segments that the wire carries whole', () => {
    holdsFor('super-segments', 60, (random) => ({
      up: 400_000,
      down: random.pick([0, 400_000]),
      wire: roughWires(random),
      carriesSuperSegments: true,
      batchPackets: random.pick([1, 4, 64]),
      client: { maxPduOctets: random.pick([3000, 16_384, 65_000]) },
      server: { maxPduOctets: random.pick([1, 16_384, 65_000]) },
    }));
  });

  it('with one segment in a PDU, and in batches', () => {
    holdsFor('batches', 40, (random) => ({
      up: 150_000,
      down: 150_000,
      wire: roughWires(random),
      batchPackets: random.pick([2, 16, 1000]),
      client: { maxPduOctets: 1 },
      server: { maxPduOctets: 1 },
    }));
  });

  it('over a bottleneck with a short queue', () => {
    holdsFor('bottleneck', 30, (random) => ({
      up: 500_000,
      down: random.pick([0, 200_000]),
      wire: {
        delayMs: random.pick([1, 20, 100]),
        rateOctetsPerSecond: random.pick([50_000, 1_000_000]),
        queueOctets: random.pick([6000, 20_000]),
      },
    }));
  });

  it('with a server that echoes and ends after the client', () => {
    holdsFor('echo', 60, (random) => {
      const octets = random.pick(SIZES);
      return {
        up: octets,
        down: octets,
        wire: roughWires(random),
        client: { stream: { send: octets, sendSeed: 5, expect: octets, expectSeed: 5 } },
        server: {
          stream: { send: 'echo', expectSeed: 5, windowOctets: random.pick([2000, 65_536]) },
        },
      };
    });
  });

  it('with a server that only ends after the client (half-close)', () => {
    holdsFor('half-close', 60, (random) => ({
      up: random.pick(SIZES),
      down: random.pick(SIZES),
      wire: roughWires(random),
      server: { stream: { afterwards: 'shutdown after end' } },
    }));
  });

  it('with both ends connecting to each other at once (simultaneous open)', () => {
    for (const seed of seeds(60)) {
      runSeed('simultaneous open', seed, (value, recorder) => {
        const random = new SeededRandom(value, 7);
        const wire = { lossRatio: random.pick([0, 0.1, 0.3]), delayMs: 20, duplicateRatio: 0.1 };
        const side = (own: number, other: number, address: IpAddress): TcpPairSide => ({
          connect: [
            {
              local: { address: UNSPECIFIED_IPV4, port: own },
              remote: { address, port: other },
              stream: { send: 20_000, sendSeed: own, expect: 20_000, expectSeed: other },
            },
          ],
        });
        const a = side(5000, 6000, ADDRESS_B);
        const b = side(6000, 5000, ADDRESS_A);
        runTransfer(createTcpPair(value, { a, b, wire }, recorder), 20_000, 20_000);
      });
    }
  });

  it('with an application that is slow to accept', () => {
    holdsFor('late accept', 30, (random) => ({
      up: random.pick(SIZES),
      down: random.pick(SIZES),
      wire: roughWires(random),
      acceptAfterMs: random.pick([10, 1000, 30_000]),
    }));
  });

  it('from a clock that has run for years', () => {
    holdsFor('late clock', 20, (random) => ({
      up: 100_000,
      down: 100_000,
      wire: roughWires(random),
      startMs: random.pick([2 ** 31 - 5000, 2 ** 32 - 5000, 1e12]),
    }));
  });

  it.each([
    ['the client', 0],
    ['the server', 1],
  ] as const)('with the sequence numbers of %s wrapping on the way (T3)', (name, side) => {
    for (const seed of seeds(60)) {
      runSeed(`wrap of ${name}`, seed, (value, recorder) => {
        const random = new SeededRandom(value, 7);
        const [up, down] = side === 0 ? [200_000, 20_000] : [20_000, 200_000];
        const before = random.pick([0, 1, 2, 1000, 30_000, 199_999, 200_000, 200_001]);
        const options = { up, down, wire: roughWires(random) };
        const startMs = startForIss(value, side, (2 ** 32 - before) % 2 ** 32);
        const transfer = createTransfer(value, { ...options, startMs }, recorder);
        runTransfer(transfer, up, down);
      });
    }
  });
});
