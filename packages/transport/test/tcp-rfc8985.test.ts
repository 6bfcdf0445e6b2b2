import type { TcpPeer, TcpPeerOptions } from '@strata/simulator';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack, segmentsOf } from './recovery-kit.ts';

/** So many segments were sent 100 ms ago, one round trip; the window holds ten of them. */
function aRoundTripAgo(segments: number, options: TcpPeerOptions = {}): TcpPeer {
  const peer = afterRoundTrip(options);
  peer.write(segments * MSS);
  peer.sent();
  peer.advance(RTT_MS);
  return peer;
}

const later = (peer: TcpPeer, ms: number) => segmentsOf(peer.advance(ms));

describe('RACK: what is lost is told by time (RFC 8985 6)', () => {
  it('a segment is lost where one that was sent later has come, and it is later than the reordering window (6.2)', () => {
    const peer = aRoundTripAgo(10);
    // One segment came out of order: two too few to count as a loss by their number.
    expect(sack(peer, 1, [2, 3])).toEqual([]);
    // A quarter of the least round trip, 25 ms, and the timer's own 2.
    expect(later(peer, 60)).toEqual(['27 1']);
    expect(infoOf(peer).caState).toBe('recovery');
  });

  it('one that comes within the reordering window is not sent again', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 1, [2, 3]);
    peer.advance(20);
    sack(peer, 11);
    peer.advance(1000);
    expect(peer.core.counters.TcpRetransSegs).toBe(0);
    expect(infoOf(peer).caState).toBe('open');
  });

  it('waits for nothing where no reordering was seen and three segments are SACKed (6.2, step 4)', () => {
    const peer = aRoundTripAgo(10);
    expect([...sack(peer, 1, [2, 3]), ...sack(peer, 1, [2, 4])]).toEqual([]);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
  });

  it('waits in spite of three where reordering was seen', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 1, [2, 3]);
    // What was missing comes, sent but once: it was overtaken.
    sack(peer, 3);
    expect(peer.core.counters.TCPSACKReorder).toBe(1);
    expect([...sack(peer, 3, [4, 5]), ...sack(peer, 3, [4, 6]), ...sack(peer, 3, [4, 8])]).toEqual(
      [],
    );
    expect(later(peer, 60)).toEqual(['27 3']);
  });

  it('finds that what was sent again is lost again, without a timeout (3.2)', () => {
    const peer = aRoundTripAgo(40);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
    // What was sent behind it comes, a round trip later.
    expect(sack(peer, 1, [2, 8])).toEqual(['11']);
    peer.advance(RTT_MS);
    expect(sack(peer, 1, [2, 8], [11, 12])).toContain('1');
    expect(peer.core.counters).toMatchObject({ TCPLostRetransmit: 1, TCPTimeouts: 0 });
  });

  it('counts from the round trip of what came in order, not from that of what overtook it (5.2, RACK.rtt)', () => {
    const peer = afterRoundTrip();
    peer.write(5 * MSS);
    peer.advance(80);
    peer.write(5 * MSS);
    peer.advance(20);
    peer.sent();
    // The first has taken 100 ms, the eighth 20: that the others took more than 20 tells nothing.
    expect(sack(peer, 2, [8, 9])).toEqual([]);
    peer.advance(20);
    expect(sack(peer, 11)).toEqual([]);
    expect(peer.core.counters).toMatchObject({ TCPSackRecovery: 0, TcpRetransSegs: 0 });
  });

  it('is not used where the peer gives no SACK, or tcp_recovery says so', () => {
    const plain = aRoundTripAgo(10, { synOptions: { mss: MSS } });
    sack(plain, 1);
    expect(later(plain, 60)).toEqual([]);
    const off = aRoundTripAgo(10, { sysctl: { tcp_recovery: 0 } });
    sack(off, 1, [2, 3]);
    expect(later(off, 60)).toEqual([]);
  });
});

describe('tail loss probes (RFC 8985 7)', () => {
  it('the last segment again, two round trips after it was sent (7.2, 7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 250)).toEqual(['202 10']);
    expect(peer.core.counters.TCPLossProbes).toBe(1);
    // It is no timeout: the window is as it was.
    expect(infoOf(peer)).toMatchObject({ caState: 'open', cwndOctets: 10 * MSS });
  });

  it('new data instead, where there is some (7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(15 * MSS);
    peer.sent();
    expect(later(peer, 250)).toEqual(['202 11']);
  });

  it('waits for a delayed ACK where one segment is in flight, at most for the retransmission timeout (7.2)', () => {
    const peer = afterRoundTrip();
    peer.write(MSS);
    peer.sent();
    // 2 SRTT + 200 ms is more than the RTO of 300 ms.
    expect(later(peer, 350)).toEqual(['300 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 1, TCPTimeouts: 0 });
  });

  it('one alone: then the retransmission timer runs (7.3)', () => {
    const peer = afterRoundTrip();
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 600)).toEqual(['202 10', '502 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 1, TCPTimeouts: 1 });
  });

  it('its answer shows what is missing before it: fast recovery instead of a timeout (7.4)', () => {
    const peer = aRoundTripAgo(10);
    sack(peer, 9);
    expect(later(peer, 302)).toEqual(['202 10']);
    expect(sack(peer, 9, [10, 11])).toEqual(['9']);
    expect(infoOf(peer).caState).toBe('recovery');
    expect(peer.core.counters.TCPTimeouts).toBe(0);
  });

  it.each([
    ['lowers the window where it made good the loss of the last segment (7.4.2)', false],
    ['leaves the window alone where both came, which D-SACK says (7.4.2)', true],
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
  ])('are not sent where %s', (_, options) => {
    const peer = afterRoundTrip(options);
    peer.write(10 * MSS);
    peer.sent();
    expect(later(peer, 350)).toEqual(['300 1']);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 0, TCPTimeouts: 1 });
  });

  it('are not sent while a loss is being repaired (7.2)', () => {
    const peer = aRoundTripAgo(10);
    expect(sack(peer, 1, [2, 6])).toEqual(['1']);
    later(peer, 2000);
    expect(peer.core.counters).toMatchObject({ TCPLossProbes: 0, TCPTimeouts: 3 });
  });
});
