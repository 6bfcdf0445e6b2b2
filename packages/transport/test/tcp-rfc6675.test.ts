import type { TcpPeer } from '@strata/simulator';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack, segmentsOf } from './recovery-kit.ts';

/**
 * This many segments to send, ten of them in flight for a round trip; losses are found by SACK
 * alone.
 */
function bySackAlone(segments: number): TcpPeer {
  const peer = afterRoundTrip({ sysctl: { tcp_recovery: 0, tcp_early_retrans: 0 } });
  peer.write(segments * MSS);
  peer.sent();
  peer.advance(RTT_MS);
  return peer;
}

describe('loss recovery by SACK alone (RFC 6675), with tcp_recovery 0', () => {
  it('IsLost(): octets of more than two segments are SACKed above (4)', () => {
    const peer = bySackAlone(10);
    expect([...sack(peer, 1, [2, 3]), ...sack(peer, 1, [2, 4])]).toEqual([]);
    expect(infoOf(peer).caState).toBe('disorder');
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
    expect(infoOf(peer).caState).toBe('recovery');
  });

  it('IsLost() holds for scattered segments too (4)', () => {
    const peer = bySackAlone(10);
    sack(peer, 1, [2, 3]);
    sack(peer, 1, [4, 5], [2, 3]);
    expect(sack(peer, 1, [6, 7], [4, 5], [2, 3])).toEqual(['1']);
  });

  it('NextSeg() (1): lost segments, lowest first, and none that arrived (4)', () => {
    const peer = bySackAlone(40);
    // 1 and 5 are lost.
    const lines = [
      ...sack(peer, 1, [2, 5], [6, 7]),
      ...sack(peer, 1, [6, 8], [2, 5]),
      ...sack(peer, 1, [6, 9], [2, 5]),
      ...sack(peer, 1, [6, 11], [2, 5]),
    ];
    expect(lines.filter((line) => Number(line) <= 10)).toEqual(['1', '5']);
  });

  it('NextSeg() (2): then new data, as the pipe allows (4)', () => {
    const peer = bySackAlone(100);
    sack(peer, 1, [2, 5]);
    const lines: string[] = [];
    for (let n = 6; n <= 11; n += 1) lines.push(...sack(peer, 1, [2, n]));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(Number(line)).toBeGreaterThan(10);
  });

  it('NextSeg() (4): if nothing else may be sent, the last segment again, to keep ACKs coming (rescue)', () => {
    const peer = bySackAlone(10);
    // 1 and 10 are lost: nothing above 10 could show it.
    expect(sack(peer, 1, [2, 10])).toEqual(['1', '10']);
    peer.advance(RTT_MS);
    // Once in a recovery.
    expect(sack(peer, 2, [2, 10])).toEqual([]);
    expect(sack(peer, 11)).toEqual([]);
    expect(peer.core.counters.TCPTimeouts).toBe(0);
  });

  it('retransmits, after a timeout, data that the peer SACKed and then discarded (5.1, RFC 2018 8)', () => {
    const peer = bySackAlone(10);
    sack(peer, 1, [2, 5]);
    // The first has arrived; the next three are no longer held.
    expect(sack(peer, 2)).not.toContain('2');
    const [timeout] = segmentsOf(peer.advance(500));
    expect(timeout).toMatch(/^\d+ 2$/);
    expect(peer.core.counters.TCPSACKReneging).toBe(1);
    expect(sack(peer, 3)).toEqual(['3', '4']);
  });

  it('leaves a lost retransmission to the retransmission timer', () => {
    const peer = bySackAlone(40);
    sack(peer, 1, [2, 5]);
    sack(peer, 1, [2, 11]);
    peer.advance(RTT_MS);
    expect(sack(peer, 1, [2, 12])).not.toContain('1');
    expect(peer.core.counters.TCPLostRetransmit).toBe(0);
  });

  it('reduces the window once, however many segments are lost (5)', () => {
    const peer = bySackAlone(40);
    sack(peer, 1, [2, 3], [4, 5], [6, 8]);
    const { ssthreshOctets } = infoOf(peer);
    expect(ssthreshOctets).toBe(5 * MSS);
    sack(peer, 2, [4, 5], [6, 11]);
    sack(peer, 4, [6, 11]);
    expect(infoOf(peer)).toMatchObject({ ssthreshOctets, caState: 'recovery' });
  });
});

describe('the retransmission timer without RACK', () => {
  it('expires even if SACKs of later data keep arriving (RFC 6298 5.3)', () => {
    const peer = afterRoundTrip({
      socketOptions: { noDelay: true },
      sysctl: { tcp_recovery: 0, tcp_early_retrans: 0, tcp_reordering: 300 },
    });
    peer.write(1);
    const lines: string[] = [];
    for (let i = 1; i <= 20; i += 1) {
      lines.push(...peer.advance(50));
      peer.write(1);
      const [left, right] = [peer.coreIss + 2, peer.coreIss + 2 + i];
      peer.inject('ACK', { ack: 1, options: { sack: [{ left: left >>> 0, right: right >>> 0 }] } });
    }
    expect(lines.filter((line) => line.includes('seq=1 '))).not.toEqual([]);
    expect(peer.core.counters.TCPTimeouts).toBeGreaterThan(0);
  });
});
