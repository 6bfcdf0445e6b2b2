import type { TcpPeer, TcpPeerOptions } from '@strata/simulator';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack, segmentsOf } from './recovery-kit.ts';

/** This many segments were sent 100 ms ago, one round trip; the window holds ten of them. */
function aRoundTripAgo(segments: number, options: TcpPeerOptions = {}): TcpPeer {
  const peer = afterRoundTrip(options);
  peer.write(segments * MSS);
  peer.sent();
  peer.advance(RTT_MS);
  return peer;
}

const later = (peer: TcpPeer, ms: number) => segmentsOf(peer.advance(ms));

describe('RACK: losses are detected by time (RFC 8985 6)', () => {
  it('a segment is lost if a later one arrived and it is later than the reordering window (6.2)', () => {
    const peer = aRoundTripAgo(10);
    // One segment SACKed: two too few to count as a loss by their number.
    expect(sack(peer, 1, [2, 3])).toEqual([]);
    // A quarter of the minimum round trip, 25 ms, and 2 ms of the timer.
    expect(later(peer, 60)).toEqual(['27 1']);
    expect(infoOf(peer).caState).toBe('recovery');
  });

  it('a segment that arrives within the reordering window is not retransmitted', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 1, [2, 3]);
    peer.advance(20);
    sack(peer, 11);
    peer.advance(1000);
    expect(peer.core.counters.TcpRetransSegs).toBe(0);
    expect(infoOf(peer).caState).toBe('open');
  });

  it('the window is 0 if no reordering was seen and three segments are SACKed (6.2, step 4)', () => {
    const peer = aRoundTripAgo(10);
    expect([...sack(peer, 1, [2, 3]), ...sack(peer, 1, [2, 4])]).toEqual([]);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
  });

  it('the window is not 0 in spite of three if reordering was seen', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 1, [2, 3]);
    // The missing segment arrives, sent only once: it was overtaken.
    sack(peer, 3);
    expect(peer.core.counters.TCPSACKReorder).toBe(1);
    expect([...sack(peer, 3, [4, 5]), ...sack(peer, 3, [4, 6]), ...sack(peer, 3, [4, 8])]).toEqual(
      [],
    );
    expect(later(peer, 60)).toEqual(['27 3']);
  });

  it('the loss of a retransmission is found without a timeout (3.2)', () => {
    const peer = aRoundTripAgo(40);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
    // The segments sent after it arrive a round trip later.
    expect(sack(peer, 1, [2, 8])).toEqual(['11']);
    peer.advance(RTT_MS);
    expect(sack(peer, 1, [2, 8], [11, 12])).toContain('1');
    expect(peer.core.counters).toMatchObject({ TCPLostRetransmit: 1, TCPTimeouts: 0 });
  });

  it('the round trip is that of the segment in order, not of the one that overtook it (5.2, RACK.rtt)', () => {
    const peer = afterRoundTrip();
    peer.write(5 * MSS);
    peer.advance(80);
    peer.write(5 * MSS);
    peer.advance(20);
    peer.sent();
    // The first took 100 ms, the eighth 20 ms: that the others take more than 20 shows nothing.
    expect(sack(peer, 2, [8, 9])).toEqual([]);
    peer.advance(20);
    expect(sack(peer, 11)).toEqual([]);
    expect(peer.core.counters).toMatchObject({ TCPSackRecovery: 0, TcpRetransSegs: 0 });
  });

  it('RACK is not used without SACK, or if tcp_recovery says so', () => {
    const plain = aRoundTripAgo(10, { synOptions: { mss: MSS } });
    sack(plain, 1);
    expect(later(plain, 60)).toEqual([]);
    const off = aRoundTripAgo(10, { sysctl: { tcp_recovery: 0 } });
    sack(off, 1, [2, 3]);
    expect(later(off, 60)).toEqual([]);
  });
});

describe('tail loss probes (RFC 8985 7)', () => {
  it('retransmit the last segment two round trips after it was sent (7.2, 7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 250)).toEqual(['202 10']);
    expect(peer.core.counters.TCPLossProbes).toBe(1);
    // This is not a timeout: the window is unchanged.
    expect(infoOf(peer)).toMatchObject({ caState: 'open', cwndOctets: 10 * MSS });
  });

  it('send new data instead, if there is any (7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(15 * MSS);
    peer.sent();
    expect(later(peer, 250)).toEqual(['202 11']);
  });

  it('wait for a delayed ACK if one segment is in flight, at most for the retransmission timeout (7.2)', () => {
    const peer = afterRoundTrip();
    peer.write(MSS);
    peer.sent();
    // 2 SRTT + 200 ms is more than the RTO of 300 ms.
    expect(later(peer, 350)).toEqual(['300 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 1, TCPTimeouts: 0 });
  });

  it('send one probe only, then the retransmission timer runs (7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 600)).toEqual(['202 10', '502 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 1, TCPTimeouts: 1 });
  });

  it('bring an answer that shows the segments missing before: fast recovery instead of a timeout (7.4)', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 9);
    expect(later(peer, 302)).toEqual(['202 10']);
    expect(sack(peer, 9, [10, 11])).toEqual(['9']);
    expect(infoOf(peer).caState).toBe('recovery');
    expect(peer.core.counters.TCPTimeouts).toBe(0);
  });

  it.each([
    ['reduce the window if the probe repaired the loss of the last segment (7.4.2)', false],
    ['leave the window alone if original and probe arrived, as D-SACK reports (7.4.2)', true],
  ])('%s', (_, bothCame) => {
    const peer = aRoundTripAgo(10);
    sack(peer, 10);
    expect(later(peer, 400)).toEqual(['300 10']);
    if (bothCame) sack(peer, 11, [10, 11]);
    else sack(peer, 11);
    peer.write(MSS);
    peer.advance(RTT_MS);
    sack(peer, 12);
    expect(peer.core.counters.TCPLossProbeRecovery).toBe(bothCame ? 0 : 1);
    if (bothCame) expect(infoOf(peer).ssthreshOctets).toBe(-1);
    else expect(infoOf(peer).ssthreshOctets).toBe(infoOf(peer).cwndOctets);
  });

  it.each([
    ['the peer gives no SACK (7.2)', { synOptions: { mss: MSS } }],
    ['tcp_early_retrans is 0', { sysctl: { tcp_early_retrans: 0 } }],
  ])('are not sent if %s', (_, options) => {
    const peer = afterRoundTrip(options);
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 350)).toEqual(['300 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 0, TCPTimeouts: 1 });
  });

  it('are not sent during loss recovery (7.2)', () => {
    const peer = aRoundTripAgo(10);
    expect(sack(peer, 1, [2, 6])).toEqual(['1']);
    later(peer, 2000);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 0, TCPTimeouts: 3 });
  });
});
