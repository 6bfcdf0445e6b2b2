import {
  ADDRESS_B,
  createTcpPair,
  established,
  type TcpPair,
  type WirePacket,
} from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import type { TransportSysctl } from '../src/sysctl.ts';

/**
 * The largest packet that the path carries, octets. It drops larger ones without ICMP, like a black
 * hole (RFC 2923 2.1).
 */
interface Path {
  mtuOctets: number;
}

const TOTAL_OCTETS = 4_000_000;

/** A transfer from the first side over such a path of 20 ms and 20 Mbit/s. */
function transfer(path: Path, sysctl: Partial<TransportSysctl>, total = TOTAL_OCTETS): TcpPair {
  return createTcpPair(3, {
    a: {
      maxPduOctets: 1,
      sysctl,
      connect: [{ remote: { address: ADDRESS_B, port: 80 }, stream: { send: total } }],
    },
    b: {
      listen: [
        {
          local: { address: UNSPECIFIED_IPV4, port: 80 },
          // No more data in flight than the wire holds, so that no queue overflows.
          options: { receiveBufferOctets: 60_000 },
          stream: () => ({ sendSeed: 1, expect: total, expectSeed: 1 }),
        },
      ],
    },
    wire: { delayMs: 10, rateOctetsPerSecond: 2_500_000 },
    drop: (_, packet: WirePacket) => packet.packet.byteLength > path.mtuOctets,
    eventBudget: 5_000_000,
  });
}

const counters = ({ cores }: TcpPair) => cores[0].counters;
const mtu = ({ cores }: TcpPair) => {
  const tcp = cores[0].sockets().find((socket) => socket.tcp !== undefined)?.tcp;
  return tcp === undefined ? 0 : tcp.mssOctets + 52;
};
const received = ({ applications }: TcpPair) => applications[1].streams[0]?.receivedOctets ?? 0;

describe('packetization-layer path MTU discovery (RFC 4821, T20)', () => {
  it('with tcp_mtu_probing 2 starts at tcp_base_mss and finds the MTU to within tcp_probe_threshold', () => {
    const pair = transfer({ mtuOctets: 1400 }, { tcp_mtu_probing: 2 });
    pair.pair.run(60);
    expect(mtu(pair)).toBe(1024 + 52);
    pair.pair.run(1500);
    expect(mtu(pair)).toBeLessThanOrEqual(1400);
    expect(mtu(pair)).toBeGreaterThan(1400 - 16);
    pair.pair.run(30_000);
    expect(received(pair)).toBe(TOTAL_OCTETS);
    expect(counters(pair).TCPMTUPSuccess).toBeGreaterThanOrEqual(3);
    expect(counters(pair).TCPMTUPFail).toBeGreaterThanOrEqual(1);
  });

  it('goes up to what the peer and the interface allow if the path lets all sizes through', () => {
    const pair = transfer({ mtuOctets: 9000 }, { tcp_mtu_probing: 2 });
    pair.pair.run(1500);
    expect(mtu(pair)).toBeGreaterThan(1500 - 16);
    expect(mtu(pair)).toBeLessThanOrEqual(1500);
    expect(counters(pair).TCPMTUPFail).toBe(0);
  });

  it('does not take a lost probe as a sign of congestion (7.6.2)', () => {
    const pair = transfer({ mtuOctets: 1400 }, { tcp_mtu_probing: 2 });
    pair.pair.run(1500);
    expect(counters(pair).TCPMTUPFail).toBeGreaterThan(0);
    expect(counters(pair)).toMatchObject({ TCPSackRecovery: 0, TCPTimeouts: 0 });
    const tcp = pair.cores[0].sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
    expect(tcp.ssthreshOctets).toBe(-1);
  });

  it('ends when the bounds are closer than tcp_probe_threshold', () => {
    const sysctl = { tcp_mtu_probing: 2, tcp_probe_threshold: 500 };
    const pair = transfer({ mtuOctets: 1500 }, sysctl);
    pair.pair.run(30_000);
    expect(counters(pair).TCPMTUPSuccess).toBe(0);
  });

  it('is needed: without it a black hole ends the connection', () => {
    const pair = transfer({ mtuOctets: 1400 }, { tcp_mtu_probing: 0 });
    pair.pair.run(2_000_000);
    expect(received(pair)).toBe(0);
    expect(pair.applications[0].streams[0]!.closed?.reason).toBe('timed out');
  });

  it('with tcp_mtu_probing 1 starts when retransmissions show a black hole (7.7), and the transfer continues', () => {
    const path = { mtuOctets: 1500 };
    const pair = transfer(path, { tcp_mtu_probing: 1 });
    pair.pair.run(400);
    expect(mtu(pair)).toBe(1500);
    expect(counters(pair).TCPMTUPSuccess).toBe(0);
    path.mtuOctets = 1300;
    pair.pair.run(120_000);
    expect(received(pair)).toBe(TOTAL_OCTETS);
    expect(counters(pair).TCPMTUPSuccess).toBeGreaterThan(0);
  });

  it('halves the size, down to tcp_mtu_probe_floor', () => {
    const sysctl = { tcp_mtu_probing: 1, tcp_mtu_probe_floor: 200 };
    const narrow = transfer({ mtuOctets: 400 }, sysctl, 20_000);
    narrow.pair.run(900_000);
    expect(received(narrow)).toBe(20_000);
    const shut = transfer({ mtuOctets: 200 }, sysctl, 20_000);
    shut.pair.run(900_000);
    expect(received(shut)).toBe(0);
    expect(mtu(shut)).toBe(200 + 52);
  });

  it('searches again after tcp_probe_interval: the path may have a larger MTU', () => {
    const path = { mtuOctets: 1200 };
    const sysctl = { tcp_mtu_probing: 2, tcp_probe_interval: 2 };
    const pair = transfer(path, sysctl, 30_000_000);
    pair.pair.run(1500);
    expect(mtu(pair)).toBeLessThanOrEqual(1200);
    path.mtuOctets = 1500;
    pair.pair.run(5500);
    expect(mtu(pair)).toBeGreaterThan(1450);
  });

  it('is bounded by an ICMP fragmentation needed', () => {
    const pair = createTcpPair(3, {
      a: {
        maxPduOctets: 1,
        sysctl: { tcp_mtu_probing: 2 },
        connect: [{ remote: { address: ADDRESS_B, port: 80 }, stream: { send: TOTAL_OCTETS } }],
      },
      b: { listen: [{ local: { address: UNSPECIFIED_IPV4, port: 80 }, stream: () => ({}) }] },
      wire: { delayMs: 10, rateOctetsPerSecond: 2_500_000, mtuOctets: 1300 },
    });
    pair.pair.run(1500);
    expect(mtu(pair)).toBeLessThanOrEqual(1300);
    expect(mtu(pair)).toBeGreaterThan(1300 - 16);
    expect(counters(pair)).toMatchObject({ TCPSackRecovery: 0, TCPTimeouts: 0 });
  });
});

describe('a search whose bounds differ by one', () => {
  it('probes the upper bound, then ends (RFC 4821 7.2)', () => {
    const peer = established({
      maxPduOctets: 1,
      sysctl: { tcp_mtu_probing: 2, tcp_probe_threshold: 0, tcp_base_mss: 1459 },
    });
    peer.write(400_000);
    for (let i = 0; i < 30; i += 1) peer.inject('ACK');
    expect(peer.core.counters.TCPMTUPSuccess).toBe(1);
    expect(
      peer
        .sentSegments()
        .slice(-5, -1)
        .map(({ payload }) => payload.byteLength),
    ).toContain(1460);
  });
});

describe('a probe in flight', () => {
  /** A connection with a probe in flight, after ACKs have opened the window for it. */
  function probing() {
    const peer = established({ maxPduOctets: 1, sysctl: { tcp_mtu_probing: 2 } });
    peer.write(400_000);
    const [tcb] = peer.core.connections();
    for (let i = 0; i < 30 && tcb!.mtuProbe.size === 0; i += 1) peer.inject('ACK');
    return { peer, mtuProbe: tcb!.mtuProbe };
  }

  it('is one segment of queued data, larger than the others (RFC 4821 7.5, 10.1)', () => {
    const { peer, mtuProbe } = probing();
    const { size, searchLow, searchHigh } = mtuProbe;
    expect(size).toBeGreaterThan(searchLow);
    expect(size).toBeLessThan(searchHigh);
    const lengths = peer.sentSegments().map(({ payload }) => payload.byteLength);
    expect(lengths.filter((octets) => octets === size - 40)).toHaveLength(1);
    expect(Math.max(...lengths)).toBe(size - 40);
  });

  it('is inconclusive if a timeout comes first: the bounds of the search stay (7.6.3, 7.6.4)', () => {
    const { peer, mtuProbe } = probing();
    const { searchLow, searchHigh } = mtuProbe;
    peer.advance(500);
    expect(peer.core.counters.TCPTimeouts).toBeGreaterThan(0);
    expect(mtuProbe).toMatchObject({ size: 0, searchLow, searchHigh });
    expect(peer.core.counters).toMatchObject({ TCPMTUPFail: 0, TCPMTUPSuccess: 0 });
  });
});
