import { established, synReceived, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import type { TransportSysctl } from '@strata/transport';
import type { SackBlock } from '@strata/wire';

const MSS = 1460;
const RTT_MS = 40;

/** First sequence number of the n-th segment, from 1. */
const at = (n: number) => 1 + (n - 1) * MSS;

/** The n-th full segment, as printed. */
const nth = (n: number) => `ACK seq=${at(n)} ack=1 len=${MSS}`;

/** ESTABLISHED with ten segments in flight and more to send. */
function tenInFlight(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established({ maxPduOctets: 1, ...options });
  peer.write(300 * MSS);
  if (peer.sent().length !== 10) throw new Error('the initial window is not ten segments');
  return peer;
}

function infoOf(peer: TcpPeer) {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}

/** Injects duplicate ACKs of segment `n`. Returns the segments sent after each. */
function duplicates(peer: TcpPeer, n: number, count: number): string[][] {
  return Array.from({ length: count }, () => {
    peer.inject('ACK', { seq: 1, ack: at(n) });
    return peer.sent();
  });
}

describe('slow start and congestion avoidance (RFC 5681, T12)', () => {
  it('starts with ten segments (RFC 6928)', () => {
    expect(infoOf(tenInFlight()).cwndOctets).toBe(10 * MSS);
  });

  it.each([
    [536, 10],
    [8960, 1],
  ])('starts with min(10 MSS, max(2 MSS, 14,600)): MSS %i', (mss, least) => {
    const peer = established({ synOptions: { mss }, mtuOctets: 9000, maxPduOctets: 1 });
    const expected = Math.min(10 * mss, Math.max(2 * mss, 14_600));
    peer.write(100_000);
    expect(peer.sent().length).toBeGreaterThanOrEqual(least);
    expect(infoOf(peer).cwndOctets).toBe(expected);
  });

  it('doubles the window in a round trip', () => {
    const peer = tenInFlight();
    for (let n = 2; n <= 11; n += 1) peer.inject('ACK', { seq: 1, ack: at(n) });
    expect(peer.sent()).toHaveLength(20);
    expect(infoOf(peer).cwndOctets).toBe(20 * MSS);
  });

  it('counts octets, not acknowledgments: more ACKs for the same data gain nothing (RFC 3465)', () => {
    const peer = tenInFlight();
    for (let i = 1; i <= 10; i += 1) peer.inject('ACK', { seq: 1, ack: 1 + i * 146 });
    expect(infoOf(peer).cwndOctets).toBe(11 * MSS);
  });

  it('grows by one segment a round trip above ssthresh', () => {
    const peer = tenInFlight({ sysctl: { tcp_congestion_control: 'reno' } });
    const sent = 10 + newIn(duplicates(peer, 1, 3));
    peer.inject('ACK', { seq: 1, ack: at(sent + 1) });
    let acked = sent;
    let end = sent + peer.sent().length;
    const windows: number[] = [];
    for (let trip = 0; trip < 10; trip += 1) {
      const until = end;
      while (acked < until) {
        acked += 1;
        peer.inject('ACK', { seq: 1, ack: at(acked + 1) });
        end += peer.sent().length;
      }
      windows.push(infoOf(peer).cwndOctets / MSS);
    }
    const { ssthreshOctets } = infoOf(peer);
    // Slow start ends at ssthresh; from there on the window grows by one segment each round trip.
    const above = windows.filter((window) => window >= ssthreshOctets / MSS);
    expect(above.length).toBeGreaterThan(5);
    for (let i = 1; i < above.length; i += 1) expect(above[i]! - above[i - 1]!).toBeCloseTo(1, 0);
  });

  it('does not grow if the application is the limit (RFC 7661)', () => {
    const peer = established({ maxPduOctets: 1 });
    for (let i = 0; i < 50; i += 1) {
      peer.write(100);
      peer.inject('ACK', { seq: 1 });
    }
    expect(infoOf(peer).cwndOctets).toBe(10 * MSS);
  });

  it('restarts after a pause longer than an RTO (RFC 5681 4.1)', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(30 * MSS);
    for (let n = 2; n <= 31; n += 1) peer.inject('ACK', { seq: 1, ack: at(n) });
    expect(infoOf(peer).cwndOctets).toBeGreaterThan(10 * MSS);
    peer.advance(5000);
    peer.sent();
    peer.write(100 * MSS);
    expect(peer.sent()).toHaveLength(10);
  });
});

describe('fast retransmit (RFC 5681 3.2, RFC 6582)', () => {
  it('is triggered by the third duplicate ACK, not before', () => {
    const peer = tenInFlight();
    const [first, second, third] = duplicates(peer, 1, 3);
    // RFC 3042 allows new data on the first two; nothing is retransmitted.
    for (const lines of [first!, second!]) expect(lines).not.toContain(nth(1));
    expect(third).toContain(nth(1));
    expect(third!.filter((line) => line === nth(1))).toHaveLength(1);
    expect(peer.core.counters.TCPFastRetrans).toBe(1);
  });

  it('halves the window: ssthresh is half of the data in flight', () => {
    const peer = tenInFlight({ sysctl: { tcp_congestion_control: 'reno' } });
    duplicates(peer, 1, 3);
    const { ssthreshOctets, caState } = infoOf(peer);
    expect(caState).toBe('recovery');
    expect(ssthreshOctets).toBeGreaterThanOrEqual(5 * MSS);
    expect(ssthreshOctets).toBeLessThanOrEqual(6 * MSS);
  });

  it('is sent once: further duplicate ACKs release new data as segments leave the network', () => {
    const peer = tenInFlight();
    duplicates(peer, 1, 3);
    const later = duplicates(peer, 1, 9).flat();
    expect(later).not.toContain(nth(1));
    expect(later.length).toBeGreaterThan(0);
    expect(later.length).toBeLessThanOrEqual(9);
  });

  it.each([
    ['with data', { data: 10 }],
    ['with another window', { win: 30_000 }],
  ])('an ACK %s is not a duplicate ACK (RFC 5681 2)', (_, made) => {
    const peer = tenInFlight();
    for (let i = 0; i < 4; i += 1) {
      const win = 'win' in made ? made.win + i * 10 : 65_535;
      peer.inject('ACK', { ack: 1, ...made, win });
    }
    expect(peer.sent()).not.toContain(nth(1));
    expect(peer.core.counters.TCPFastRetrans).toBe(0);
  });

  it('a partial ACK retransmits the next hole at once, in the same recovery (RFC 6582 3.2)', () => {
    const peer = tenInFlight();
    duplicates(peer, 1, 7);
    peer.inject('ACK', { seq: 1, ack: at(4) });
    expect(peer.sent()).toContain(nth(4));
    expect(infoOf(peer).caState).toBe('recovery');
    peer.inject('ACK', { seq: 1, ack: at(6) });
    expect(peer.sent()).toContain(nth(6));
    expect(peer.core.counters.TCPRenoRecovery).toBe(1);
    expect(peer.core.counters.TCPFastRetrans).toBe(3);
  });

  it('ends with the ACK of all data sent when it began; the window is at most ssthresh', () => {
    const peer = tenInFlight();
    const sent =
      10 +
      duplicates(peer, 1, 3)
        .flat()
        .filter((line) => line !== nth(1)).length;
    peer.inject('ACK', { seq: 1, ack: at(sent + 1) });
    const { caState, cwndOctets, ssthreshOctets } = infoOf(peer);
    expect(caState).toBe('open');
    expect(cwndOctets).toBeLessThanOrEqual(ssthreshOctets);
    expect(peer.sent().every((line) => !line.includes(`seq=${at(1)} `))).toBe(true);
  });

  it('does not start again for duplicates of the ACK that ended it (RFC 6582 3.2 step 1)', () => {
    const peer = tenInFlight();
    const sent = 10 + newIn(duplicates(peer, 1, 3));
    peer.inject('ACK', { seq: 1, ack: at(sent + 1) });
    expect(infoOf(peer).caState).toBe('open');
    expect(peer.sent().length).toBeGreaterThan(0);
    // A duplicate transmission causes a duplicate ACK, which says nothing about the new segments.
    expect(duplicates(peer, sent + 1, 3).flat()).not.toContain(nth(sent + 1));
    expect(peer.core.counters.TCPFastRetrans).toBe(1);
    // Beyond `recover` duplicate ACKs count again.
    peer.inject('ACK', { seq: 1, ack: at(sent + 2) });
    expect(duplicates(peer, sent + 2, 3).flat()).toContain(nth(sent + 2));
    expect(peer.core.counters.TCPFastRetrans).toBe(2);
  });

  it('takes tcp_reordering as the number of duplicate ACKs', () => {
    const peer = tenInFlight({ sysctl: { tcp_reordering: 5 } });
    expect(duplicates(peer, 1, 4).flat()).not.toContain(nth(1));
    expect(duplicates(peer, 1, 1).flat()).toContain(nth(1));
  });
});

describe('recovery by SACK (RFC 2018, RFC 6675)', () => {
  const withSack = (sysctl: Partial<TransportSysctl> = {}) => {
    const synOptions = { mss: 1460, sackPermitted: true };
    const options = { synOptions, maxPduOctets: 1, sysctl };
    const peer = synReceived(options);
    peer.advance(RTT_MS);
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    peer.write(300 * MSS);
    if (peer.sent().length !== 10) throw new Error('the initial window is not ten segments');
    peer.advance(RTT_MS);
    return peer;
  };
  const block = (peer: TcpPeer, from: number, to: number): SackBlock => ({
    left: (peer.coreIss + at(from)) >>> 0,
    right: (peer.coreIss + at(to)) >>> 0,
  });
  const sackOf = (peer: TcpPeer, ack: number, ...ranges: [number, number][]) => {
    const sack = ranges.map(([from, to]) => block(peer, from, to));
    peer.inject('ACK', { seq: 1, ack: at(ack), options: { sack } });
    return peer.sent();
  };

  it('retransmits the holes and nothing that arrived', () => {
    const peer = withSack();
    // 2 and 5 are lost.
    sackOf(peer, 2, [3, 4]);
    sackOf(peer, 2, [3, 5]);
    const lines = [
      ...sackOf(peer, 2, [6, 7], [3, 5]),
      ...sackOf(peer, 2, [6, 8], [3, 5]),
      ...sackOf(peer, 2, [6, 9], [3, 5]),
      ...sackOf(peer, 2, [6, 10], [3, 5]),
      ...sackOf(peer, 2, [6, 11], [3, 5]),
    ];
    const again = lines.filter((line) => Number(/seq=(\d+)/.exec(line)![1]) < at(11));
    expect(again.sort()).toEqual([nth(2), nth(5)].sort());
  });

  it('has the same result if acknowledgments arrive in one batch or one by one', () => {
    const acks = (peer: TcpPeer) => [
      ...[2, 3, 4, 5, 6, 7].map((n) => ['ACK', { seq: 1, ack: at(n) }] as const),
      ...[8, 9, 10].map((n) => {
        const options = { sack: [block(peer, n, n + 1)] };
        return ['ACK', { seq: 1, ack: at(7), options }] as const;
      }),
    ];
    const batch = withSack();
    batch.injectBatch(acks(batch));
    const single = withSack();
    for (const [flags, made] of acks(single)) single.inject(flags, made);
    // Six acknowledgments in slow start, and 0.7 of that (RFC 9438 4.6).
    expect(infoOf(batch).ssthreshOctets).toBeCloseTo(0.7 * 16 * MSS);
    expect(infoOf(batch)).toEqual(infoOf(single));
  });

  it('needs three segments SACKed above the hole', () => {
    const peer = withSack();
    expect([...sackOf(peer, 1, [2, 3]), ...sackOf(peer, 1, [2, 4])]).not.toContain(nth(1));
    expect(sackOf(peer, 1, [2, 5])).toContain(nth(1));
  });

  it('starts with a batch of ACKs in one SACK', () => {
    const peer = withSack();
    expect(sackOf(peer, 1, [2, 11])).toContain(nth(1));
  });

  it('starts with an ACK that also acknowledges, if that alone shows the loss: there may be no other', () => {
    const peer = withSack();
    // 2 is lost; 3 to 10 arrived as one super-segment, and a single ACK reports all.
    expect(sackOf(peer, 2, [3, 11])).toContain(nth(2));
    expect(peer.core.counters.TCPFastRetrans).toBe(1);
  });

  it('ignores SACK blocks of data that was never sent, or is acknowledged', () => {
    const peer = withSack();
    sackOf(peer, 3, [100, 120], [1, 3]);
    sackOf(peer, 3, [100, 130], [1, 3]);
    sackOf(peer, 3, [100, 140], [1, 3]);
    expect(peer.core.counters.TCPFastRetrans).toBe(0);
    expect(infoOf(peer).caState).toBe('open');
  });

  it('after a timeout retransmits all data that is not SACKed', () => {
    const peer = withSack({ tcp_recovery: 0, tcp_early_retrans: 0, tcp_frto: 0 });
    sackOf(peer, 1, [3, 4]);
    const [first, ...more] = peer.advance(260);
    expect(first).toBe(`240 ${nth(1)}`);
    expect(more).toEqual([]);
    expect(sackOf(peer, 2, [3, 4])).toEqual([nth(2), nth(4)]);
  });

  it('reports out-of-order data, the newest block first (RFC 2018 4)', () => {
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true },
      show: { options: true },
    });
    peer.inject('ACK', { seq: 101, data: 100 });
    peer.inject('ACK', { seq: 301, data: 100 });
    peer.inject('ACK', { seq: 501, data: 100 });
    expect(peer.sent()).toEqual([
      'ACK seq=1 ack=1 <sack 101-201>',
      'ACK seq=1 ack=1 <sack 301-401,sack 101-201>',
      'ACK seq=1 ack=1 <sack 501-601,sack 301-401,sack 101-201>',
    ]);
    peer.inject('ACK', { seq: 201, data: 100 });
    expect(peer.sent()[0]).toMatch(/<sack 101-401,/);
    peer.inject('ACK', { seq: 1, data: 100 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=401 <sack 501-601>']);
  });

  it('includes a FIN that follows a block: it has a sequence number', () => {
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true },
      show: { options: true },
    });
    peer.inject('FIN,ACK', { seq: 101, data: 100 });
    peer.inject('ACK', { seq: 51, data: 25 });
    expect(peer.sent()).toEqual([
      'ACK seq=1 ack=1 <sack 101-202>',
      'ACK seq=1 ack=1 <sack 51-76,sack 101-202>',
    ]);
    peer.inject('ACK', { seq: 1, data: 50 });
    peer.inject('ACK', { seq: 76, data: 25 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=76 <sack 101-202>', 'ACK seq=1 ack=202']);
  });

  it('reports a FIN that arrived alone: the peer sees at once that the data before it is lost', () => {
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true },
      show: { options: true },
    });
    peer.inject('FIN,ACK', { seq: 101 });
    peer.inject('ACK', { seq: 26, data: 25 });
    expect(peer.sent()).toEqual([
      'ACK seq=1 ack=1 <sack 101-102>',
      'ACK seq=1 ack=1 <sack 26-51,sack 101-102>',
    ]);
    peer.inject('ACK', { seq: 1, data: 25 });
    peer.inject('ACK', { seq: 51, data: 50 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=51 <sack 101-102>', 'ACK seq=1 ack=102']);
  });

  it('reports a duplicate in the first block (RFC 2883 4)', () => {
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true },
      show: { options: true },
    });
    peer.inject('ACK', { seq: 1, data: 100 });
    peer.advance(1000);
    peer.sent();
    peer.inject('ACK', { seq: 1, data: 100 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=101 <sack 1-101>']);
  });

  it('fits beside timestamps: three blocks at most', () => {
    const timestamps = { value: 10, echo: 0 };
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true, timestamps },
      show: { options: true },
    });
    for (let i = 1; i <= 5; i += 1) {
      const options = { timestamps: { value: 11, echo: peer.coreTimestamp } };
      peer.inject('ACK', { seq: 1 + i * 200, data: 100, options });
    }
    expect(peer.sent().at(-1)!.match(/sack/g)).toHaveLength(3);
  });
});

describe('a congestion control chosen in the middle of a recovery (TCP_CONGESTION)', () => {
  it('does not get the fixed window of `none` from an undo', () => {
    const peer = established({
      maxPduOctets: 1,
      socketOptions: { congestionControl: 'none' },
      synOptions: { mss: MSS, sackPermitted: true },
    });
    peer.write(10 * MSS);
    const block = (from: number, to: number) => ({
      sack: [{ left: (peer.coreIss + at(from)) >>> 0, right: (peer.coreIss + at(to)) >>> 0 }],
    });
    for (let n = 3; n < 8; n += 1) peer.inject('ACK', { ack: at(1), options: block(2, n) });
    const options = { congestionControl: 'cubic' };
    peer.request({ kind: 'set-options', socket: peer.socket, options });
    // A D-SACK: the first segment arrived twice.
    peer.inject('ACK', { ack: at(11), options: block(1, 2) });
    expect(peer.core.counters.TCPDSACKUndo + peer.core.counters.TCPFullUndo).toBe(1);
    expect(infoOf(peer).cwndOctets).toBeLessThan(100 * MSS);
  });
});

/** Number of segments other than the first one again. */
function newIn(lines: readonly string[][]): number {
  return lines.flat().filter((line) => line !== nth(1)).length;
}
