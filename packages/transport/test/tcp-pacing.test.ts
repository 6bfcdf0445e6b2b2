import { established, synReceived, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

const MSS = 1460;
const at = (n: number) => 1 + (n - 1) * MSS;

/** ESTABLISHED after a handshake with this round trip, which is measured. */
function establishedAfter(rttMs: number, options: TcpPeerOptions): TcpPeer {
  const peer = synReceived(options);
  peer.advance(rttMs);
  peer.inject('ACK', { seq: 1, ack: 1 });
  return peer.accept();
}

/**
 * ESTABLISHED; 10 segments are sent and acknowledged `rttMs` later. The segments sent then can be
 * read.
 */
function afterFirstWindow(options: TcpPeerOptions, rttMs: number, octets = 400 * MSS): TcpPeer {
  const peer = establishedAfter(rttMs, { maxPduOctets: 1, ...options });
  peer.write(octets);
  if (peer.sent().length !== 10) throw new Error('the initial window is not ten segments');
  peer.advance(rttMs);
  peer.inject('ACK', { seq: 1, ack: at(11), win: 65_535 });
  return peer;
}

/** The times in the lines of {@link TcpPeer.advance}. */
function times(lines: readonly string[]): number[] {
  return lines.map((line) => Number(line.split(' ')[0]));
}

describe('pacing', () => {
  it('spreads the data at the rate that the socket sets (SO_MAX_PACING_RATE)', () => {
    // One segment every 10 ms; after a pause the first interval is half as long.
    const options = { socketOptions: { maxPacingRateOctetsPerSecond: 146_000 } };
    const peer = afterFirstWindow(options, 100);
    expect(peer.sent()).toHaveLength(1);
    expect(times(peer.advance(50))).toEqual([5, 15, 25, 35, 45]);
  });

  it('starts after the initial window', () => {
    const socketOptions = { maxPacingRateOctetsPerSecond: 1000 };
    const peer = establishedAfter(100, { maxPduOctets: 1, socketOptions });
    peer.write(20 * MSS);
    expect(peer.sent()).toHaveLength(10);
  });

  it('has a rate of twice cwnd / srtt in slow start (tcp_pacing_ss_ratio)', () => {
    const peer = afterFirstWindow({ sysctl: { tcp_pacing: 1 } }, 100);
    // cwnd is 20 segments, srtt 100 ms: 400 segments a second.
    expect(peer.sent()).toHaveLength(1);
    const sent = times(peer.advance(90));
    expect(sent).toHaveLength(19);
    for (const [i, ms] of sent.entries()) expect(ms).toBe(Math.round(1.25 + i * 2.5));
  });

  it('has a rate of 1.2 times cwnd / srtt in congestion avoidance (tcp_pacing_ca_ratio)', () => {
    const peer = afterFirstWindow({ sysctl: { tcp_congestion_control: 'reno' } }, 100);
    peer.sent();
    // A fast retransmit and the end of its recovery: the window is ssthresh.
    for (let n = 12; n <= 16; n += 1) peer.inject('ACK', { seq: 1, ack: at(11) });
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(31) });
    const { cwndOctets, ssthreshOctets, srttMs, pacingRate } = infoOf(peer);
    expect(cwndOctets).toBeGreaterThanOrEqual(ssthreshOctets / 2);
    expect(pacingRate).toBeCloseTo((cwndOctets * 1.2 * 1000) / srttMs, 3);
  });

  it('is off by default', () => {
    const peer = afterFirstWindow({}, 100);
    expect(peer.sent()).toHaveLength(20);
    expect(peer.core.nextDeadlineMs()).toBeGreaterThan(peer.nowMs + 100);
  });

  it('starts on an open connection when the sysctl is set', () => {
    const peer = establishedAfter(100, { maxPduOctets: 1 });
    peer.write(400 * MSS);
    peer.sent();
    peer.advance(100);
    peer.core.sysctl.tcp_pacing = 1;
    peer.inject('ACK', { seq: 1, ack: at(11) });
    expect(peer.sent()).toHaveLength(1);
  });

  it('holds back retransmissions too', () => {
    const options = { socketOptions: { maxPacingRateOctetsPerSecond: 14_600 } };
    const peer = afterFirstWindow(options, 100);
    expect(peer.sent()).toHaveLength(1);
    // One segment every 100 ms, retransmissions included.
    const gaps = times(peer.advance(3000));
    for (let i = 1; i < gaps.length; i += 1) expect(gaps[i]! - gaps[i - 1]!).toBeGreaterThan(99);
  });

  it('is not taken for a closed window: no probe is sent while data waits for its time', () => {
    const options = { socketOptions: { maxPacingRateOctetsPerSecond: 500 } };
    const peer = afterFirstWindow(options, 10, 12 * MSS);
    peer.advance(2900);
    expect(peer.core.counters.TCPWinProbe).toBe(0);
    expect(peer.core.counters.TCPOrigDataSent).toBe(10);
    peer.advance(20);
    expect(peer.core.counters.TCPOrigDataSent).toBe(11);
  });

  it('makes up half of the time that a late timer lost', () => {
    const options = { socketOptions: { maxPacingRateOctetsPerSecond: 146_000 } };
    const peer = afterFirstWindow(options, 100);
    peer.sent();
    const due = peer.core.nextDeadlineMs();
    peer.core.handleTimeout(due + 4);
    peer.core.pollNetworkRequest();
    // Sent at 14 instead of 10; the next is still due at 20.
    expect(peer.core.nextDeadlineMs()).toBeCloseTo(due + 10, 6);
    peer.core.handleTimeout(due + 30);
    peer.core.pollNetworkRequest();
    expect(peer.core.nextDeadlineMs()).toBeCloseTo(due + 35, 6);
  });
});

describe('the data that a connection sends in one turn (tcp_limit_output_bytes)', () => {
  it('is limited; the rest follows in the next turns, at the same time', () => {
    const peer = established({
      synOptions: { mss: MSS, windowScale: 14 },
      maxPduOctets: 10 * MSS,
      socketOptions: { congestionControl: 'none' },
      sysctl: { tcp_limit_output_bytes: 25 * MSS },
    });
    peer.inject('ACK', { seq: 1, ack: 1, win: 65_535 });
    peer.write(70 * MSS);
    const sent = () =>
      peer.sentSegments().reduce((sum, segment) => sum + segment.payload.byteLength, 0);
    // The limit is checked before each super-segment.
    expect(sent()).toBe(30 * MSS);
    expect(peer.core.nextDeadlineMs()).toBe(peer.nowMs);
    expect(times(peer.advance(0))).toEqual([0, 0, 0, 0]);
    expect(peer.core.counters.TCPOrigDataSent).toBe(70);
    expect(peer.core.nextDeadlineMs()).toBeGreaterThan(peer.nowMs);
  });
});

describe('the size of super-segments', () => {
  /**
   * Lengths of the segments sent after an acknowledgment of the first ten segments, which comes
   * after `rttMs`.
   */
  function lengths(options: TcpPeerOptions, rttMs: number): number[] {
    const peer = establishedAfter(rttMs, { maxPduOctets: 65_000, ...options });
    peer.write(400 * MSS);
    peer.sent();
    peer.advance(rttMs);
    peer.inject('ACK', { seq: 1, ack: at(11), win: 65_535 });
    return peer.sentSegments().map((segment) => segment.payload.byteLength);
  }

  it('is tcp_min_tso_segs if the rate is low', () => {
    expect(lengths({}, 100)).toEqual(Array(10).fill(2 * MSS));
    expect(lengths({ sysctl: { tcp_min_tso_segs: 5 } }, 100)).toEqual(Array(4).fill(5 * MSS));
  });

  it('is what the pacing rate sends in a millisecond if that is more', () => {
    // cwnd is 20 segments, srtt 5 ms: at twice the rate 8 segments a millisecond.
    const [first] = lengths({ sysctl: { tcp_tso_rtt_log: 0 } }, 5);
    expect(first).toBe(Math.floor((20 * 2) / 5 / 1.024) * MSS);
  });

  it('is the maximum for a near peer (tcp_tso_rtt_log)', () => {
    expect(lengths({}, 0.4)).toEqual([20 * MSS]);
  });
});

describe('a partial super-segment that fits the window (tcp_tso_win_divisor)', () => {
  /** Ten segments were sent; the first is acknowledged after `ms`. The round trip is 2 ms. */
  function acknowledgedAfter(ms: number, options: TcpPeerOptions = {}): TcpPeer {
    const peer = establishedAfter(2, { maxPduOctets: 65_000, ...options });
    peer.write(400 * MSS);
    peer.sent();
    peer.advance(ms);
    peer.inject('ACK', { seq: 1, ack: at(2) });
    return peer;
  }

  it('waits if data was sent just before and the next acknowledgment is due within a millisecond', () => {
    const peer = acknowledgedAfter(1);
    // Two segments fit: less than a third of the window.
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { seq: 1, ack: at(4) });
    expect(peer.sentSegments().map(({ payload }) => payload.byteLength)).toEqual([6 * MSS]);
  });

  it('is sent if the next acknowledgment is later, or nothing was sent for a millisecond', () => {
    expect(acknowledgedAfter(0.5).sent()).toHaveLength(1);
    expect(acknowledgedAfter(1.5).sent()).toHaveLength(1);
  });

  it('never waits with 0', () => {
    expect(acknowledgedAfter(1, { sysctl: { tcp_tso_win_divisor: 0 } }).sent()).toHaveLength(1);
  });
});

function infoOf(peer: TcpPeer) {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}
