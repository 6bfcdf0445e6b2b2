import { ADDRESS_B, createTcpPair, type TcpPair, type TcpPairOptions } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { defaultTransportSysctl } from '../src/sysctl.ts';
import { windowFromSpace } from '../src/tcp/arrive/receive-buffer.ts';

const WIRE_OCTETS_PER_SECOND = 12_500_000;

interface Transfer {
  readonly rttMs: number;
  readonly sender?: Partial<TcpPairOptions['a']>;
  readonly receiver?: Partial<TcpPairOptions['b']>;
  readonly receiverOptions?: { readonly receiveBufferOctets?: number };
  readonly senderOptions?: { readonly sendBufferOctets?: number };
  /**
   * Octets that the receiving application reads every 10 ms; absent: it reads everything at once.
   */
  readonly readOctets?: number;
}

/** A sender that never runs out of data, over a wire of 100 Mbit/s. */
function transfer({ rttMs, sender, receiver, readOctets, ...more }: Transfer): TcpPair {
  const reads = readOctets === undefined ? {} : { readOctets, readEveryMs: 10 };
  return createTcpPair(7, {
    a: {
      connect: [
        {
          remote: { address: ADDRESS_B, port: 80 },
          options: more.senderOptions ?? {},
          stream: { send: 1e9, writeOctets: 65_536 },
        },
      ],
      ...sender,
    },
    b: {
      listen: [
        {
          local: { address: UNSPECIFIED_IPV4, port: 80 },
          options: more.receiverOptions ?? {},
          stream: () => ({ ...reads, windowOctets: 65_536 }),
        },
      ],
      ...receiver,
    },
    wire: { delayMs: rttMs / 2, rateOctetsPerSecond: WIRE_OCTETS_PER_SECOND },
    eventBudget: 20_000_000,
  });
}

/** Octets received per second, from `fromMs` on. */
function goodput({ pair, applications }: TcpPair, fromMs: number): number {
  pair.run(fromMs);
  const before = applications[1].streams[0]!.receivedOctets;
  pair.run(fromMs + 1000);
  return applications[1].streams[0]!.receivedOctets - before;
}

const receiverWindow = ({ cores }: TcpPair) =>
  cores[1].sockets().find((socket) => socket.tcp !== undefined)!.tcp!.receiveWindowOctets;

describe('with default sysctls a wire of 100 Mbit/s is filled to 95% after the ramp (T11)', () => {
  it.each([
    [10, 1000],
    [50, 1500],
    [200, 4000],
  ])('at %i ms', (rttMs, rampMs) => {
    expect(goodput(transfer({ rttMs }), rampMs)).toBeGreaterThan(0.95 * WIRE_OCTETS_PER_SECOND);
  });

  it('also without timestamps, where the receiver sends no data to measure by', () => {
    const off = { sysctl: { tcp_timestamps: 0 } };
    const pair = transfer({ rttMs: 50, sender: off, receiver: off });
    expect(goodput(pair, 1500)).toBeGreaterThan(0.95 * WIRE_OCTETS_PER_SECOND);
  });
});

describe('the receive buffer', () => {
  it('starts with the window that tcp_rmem[1] gives', () => {
    const pair = transfer({ rttMs: 50 });
    pair.pair.run(90);
    expect(receiverWindow(pair)).toBe(65_536);
  });

  it.each([
    ['SO_RCVBUF', { receiverOptions: { receiveBufferOctets: 65_536 } }],
    ['tcp_moderate_rcvbuf 0', { receiver: { sysctl: { tcp_moderate_rcvbuf: 0 } } }],
    ['tcp_rmem[2]', { receiver: { sysctl: { tcp_rmem: [4096, 131_072, 131_072] } } }],
  ] as const)('stays the same with %s: goodput is the window over the round trip', (_, more) => {
    const octets = goodput(transfer({ rttMs: 100, ...more }), 2000);
    expect(octets).toBeLessThanOrEqual(65_536 * 10.1);
    expect(octets).toBeGreaterThan(65_536 * 9);
  });

  it('grows at most to the window that tcp_rmem[2] gives', () => {
    const pair = transfer({ rttMs: 200, receiver: { sysctl: { tcp_rmem: [4096, 131_072, 1e6] } } });
    pair.pair.run(5000);
    expect(receiverWindow(pair)).toBeLessThanOrEqual(500_000);
    expect(receiverWindow(pair)).toBeGreaterThan(480_000);
  });

  it('does not grow if the application is slow', () => {
    const pair = transfer({ rttMs: 20, readOctets: 1000 });
    pair.pair.run(10_000);
    expect(receiverWindow(pair)).toBeLessThanOrEqual(100_000);
  });

  it.each([
    [1, 50],
    [2, 75],
    [0, 100],
    [-2, 25],
    [31, 100],
  ])('with tcp_adv_win_scale %i gives %i%% of itself as window', (tcp_adv_win_scale, percent) => {
    const sysctl = { ...defaultTransportSysctl(), tcp_adv_win_scale };
    expect(windowFromSpace(1_000_000, sysctl)).toBe(percent * 10_000);
  });
});

describe('the send buffer', () => {
  it('does not grow with SO_SNDBUF: goodput is the buffer over the round trip', () => {
    const pair = transfer({ rttMs: 100, senderOptions: { sendBufferOctets: 50_000 } });
    const octets = goodput(pair, 2000);
    expect(octets).toBeLessThanOrEqual(50_000 * 10.1);
    expect(octets).toBeGreaterThan(50_000 * 8);
  });

  it('grows with the congestion window, at most to tcp_wmem[2]', () => {
    const sender = { sysctl: { tcp_wmem: [4096, 16_384, 500_000] as const } };
    const pair = transfer({ rttMs: 200, sender });
    let most = 0;
    for (let at = 100; at < 5000; at += 100) {
      pair.pair.run(at);
      const { sentOctets = 0, acknowledgedOctets = 0 } = pair.applications[0].streams[0] ?? {};
      most = Math.max(most, sentOctets - acknowledgedOctets);
    }
    expect(most).toBeGreaterThan(450_000);
    expect(most).toBeLessThanOrEqual(500_000 + 100_000);
  });
});
