import { established, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import { afterRoundTrip, at, infoOf, MSS, RTT_MS, sack, segmentsOf } from './recovery-kit.ts';

const PLAIN = { mss: MSS };
const SACK = { mss: MSS, sackPermitted: true };
const STAMPED = { ...SACK, timestamps: { value: 1000, echo: 0 } };

/**
 * Ten segments in flight and more to send; nothing was acknowledged when the retransmission timer
 * expires, at 300 ms.
 */
function timedOut(options: TcpPeerOptions = {}): TcpPeer {
  const peer = afterRoundTrip({
    ...options,
    sysctl: { tcp_early_retrans: 0, ...options.sysctl },
  });
  peer.write(40 * MSS);
  peer.sent();
  expect(segmentsOf(peer.advance(310))).toEqual(['300 1']);
  expect(infoOf(peer)).toMatchObject({ caState: 'loss', cwndOctets: MSS });
  return peer;
}

describe('F-RTO: was the timeout spurious? (RFC 5682)', () => {
  const WAYS: [string, object][] = [
    ['with SACK (3.1)', SACK],
    ['without SACK (2.1)', PLAIN],
  ];

  it.each(WAYS)(
    '%s: two ACKs of data that was not retransmitted show that it was; the window is restored',
    (_, synOptions) => {
      const peer = timedOut({ synOptions });
      // Step 2b: new data in place of retransmissions.
      expect(sack(peer, 2)).toEqual(['11', '12']);
      // Step 3b.
      sack(peer, 3);
      expect(peer.core.counters.TCPSpuriousRTOs).toBe(1);
      expect(infoOf(peer).caState).toBe('open');
      expect(infoOf(peer).cwndOctets).toBeGreaterThanOrEqual(10 * MSS);
      expect(infoOf(peer).ssthreshOctets).toBe(-1);
      expect(peer.core.counters.TcpRetransSegs).toBe(1);
    },
  );

  it.each(WAYS)(
    '%s: a duplicate ACK shows that it was not; the lost data is retransmitted',
    (_, synOptions) => {
      const peer = timedOut({ synOptions });
      expect(sack(peer, 2)).toEqual(['11', '12']);
      // Step 3a: the new data has arrived, the data in flight before has not.
      const isSacked = synOptions === SACK;
      expect(sack(peer, 2, ...(isSacked ? [[11, 12] as const] : []))).toEqual(['2']);
      expect(peer.core.counters.TCPSpuriousRTOs).toBe(0);
      expect(infoOf(peer)).toMatchObject({ caState: 'loss', ssthreshOctets: 5 * MSS });
    },
  );

  it('without SACK: an ACK of a retransmission says nothing about the other data that it covers (2.1, step 2b)', () => {
    const peer = timedOut({ synOptions: PLAIN });
    // 1 and 7 were lost; 2 to 6 arrived long before.
    expect(sack(peer, 7).slice(0, 1)).toEqual(['11']);
    expect(sack(peer, 7)).toContain('7');
    expect(peer.core.counters.TCPSpuriousRTOs).toBe(0);
    expect(infoOf(peer).caState).toBe('loss');
  });

  it('is off with tcp_frto 0: lost data is retransmitted at once', () => {
    const peer = timedOut({ sysctl: { tcp_frto: 0 } });
    expect(sack(peer, 2)).toEqual(['2', '3']);
  });

  it('needs new data to send: without it lost data is retransmitted (2.1, step 2b)', () => {
    const peer = afterRoundTrip({ sysctl: { tcp_early_retrans: 0 } });
    peer.write(10 * MSS);
    peer.advance(310);
    expect(sack(peer, 2)).toEqual(['2', '3']);
  });
});

describe('a spurious reduction is undone', () => {
  it('after a timeout, if the ACK echoes a timestamp from before it (Eifel, RFC 3522 3.2, RFC 4015)', () => {
    const sysctl = { tcp_early_retrans: 0, tcp_congestion_control: 'reno' };
    const peer = established({ synOptions: STAMPED, maxPduOctets: 1, sysctl });
    const stamp = (echo: number) => ({ timestamps: { value: 1001, echo } });
    peer.write(100 * 1448);
    const first = peer.coreTimestamp;
    const { cwndOctets } = infoOf(peer);
    peer.advance(1000);
    expect(infoOf(peer).cwndOctets).toBeLessThan(cwndOctets);
    expect(peer.coreTimestamp).not.toBe(first);
    peer.inject('ACK', { seq: 1, ack: 1 + 1448, options: stamp(first) });
    expect(infoOf(peer)).toMatchObject({ caState: 'open', ssthreshOctets: -1 });
    expect(infoOf(peer).cwndOctets).toBeGreaterThanOrEqual(cwndOctets);
    expect(peer.core.counters.TCPLossUndo).toBe(1);
  });

  it.each<[string, [number, number][]]>([
    ['if all retransmissions arrived twice, as D-SACK reports (RFC 3708)', [[1, 2]]],
    ['but not if one arrived once', []],
  ])('after fast retransmit: %s', (_, duplicates) => {
    const peer = afterRoundTrip();
    peer.write(40 * MSS);
    peer.sent();
    peer.advance(RTT_MS);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
    expect(infoOf(peer)).toMatchObject({ caState: 'recovery', ssthreshOctets: 5 * MSS });
    sack(peer, 5);
    sack(peer, 11, ...duplicates);
    const isUndone = duplicates.length > 0;
    expect(infoOf(peer).caState).toBe('open');
    if (isUndone) {
      expect(infoOf(peer)).toMatchObject({ cwndOctets: 10 * MSS, ssthreshOctets: -1 });
      expect(peer.core.counters.TCPFullUndo + peer.core.counters.TCPDSACKUndo).toBe(1);
    } else expect(infoOf(peer)).toMatchObject({ cwndOctets: 5 * MSS, ssthreshOctets: 5 * MSS });
  });

  it('but not by a D-SACK for data that was never retransmitted', () => {
    const peer = afterRoundTrip();
    peer.write(40 * MSS);
    peer.sent();
    peer.advance(RTT_MS);
    sack(peer, 5, [2, 3]);
    expect(peer.core.counters.TCPDSACKRecv).toBe(0);
    expect(at(5)).toBe(infoOf(peer).acknowledgedOctets + 1);
  });
});
