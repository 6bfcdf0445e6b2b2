import { established, listening, synSent, TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import { createTransfer, runTransfer } from './tcp-pair-kit.ts';

const MSS = 1460;
const SHOW = { show: { ecn: true } } as const;

/** ESTABLISHED by a passive open that agreed on ECN; segments of one MSS each. */
function ecnEstablished(options: TcpPeerOptions = {}): TcpPeer {
  const peer = listening({ maxPduOctets: 1, ...SHOW, ...options });
  peer.inject('SYN,ECE,CWR', { options: peer.synOptions, win: peer.synWindow });
  peer.inject('ACK', { seq: 1, ack: 1 });
  peer.accept();
  peer.sent();
  return peer;
}

function infoOf(peer: TcpPeer) {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}

/** First sequence number of the n-th full segment, from 1. */
const at = (n: number) => 1 + (n - 1) * MSS;

describe('the handshake negotiates ECN (RFC 3168 6.1.1)', () => {
  it.each([
    ['2, the default', {}, 'SYN,ECE,CWR', '- SYN,ECE,ACK seq=0 ack=1'],
    ['1', { tcp_ecn: 1 }, 'SYN,ECE,CWR', '- SYN,ECE,ACK seq=0 ack=1'],
    ['0', { tcp_ecn: 0 }, 'SYN,ECE,CWR', '- SYN,ACK seq=0 ack=1'],
    ['2, of a SYN that does not ask', {}, 'SYN', '- SYN,ACK seq=0 ack=1'],
    ['2, of a SYN with ECE alone', {}, 'SYN,ECE', '- SYN,ACK seq=0 ack=1'],
    ['2, of a SYN with CWR alone', {}, 'SYN,CWR', '- SYN,ACK seq=0 ack=1'],
  ])('passively, with tcp_ecn %s', (_, sysctl, syn, answer) => {
    const peer = listening({ sysctl, ...SHOW });
    peer.inject(syn, { options: { mss: MSS } });
    expect(peer.sent()).toEqual([answer]);
  });

  it('refuses a SYN that is ECT itself', () => {
    const peer = listening(SHOW);
    peer.inject('SYN,ECE,CWR', { options: { mss: MSS }, ecn: 2 });
    expect(peer.sent()).toEqual(['- SYN,ACK seq=0 ack=1']);
  });

  it('accepts an ECT SYN whose reserved bits ask for more (RFC 8311 4.3)', () => {
    const peer = listening(SHOW);
    const syn = peer.make('SYN,ECE,CWR', { options: { mss: MSS } });
    syn[12]! |= 1;
    // Adjust the checksum to the changed word.
    const sum = ((syn[16]! << 8) | syn[17]!) - 0x100;
    syn[16] = (sum >> 8) & 0xff;
    peer.injectRaw(syn, { tos: 2 });
    expect(peer.sent()).toEqual(['- SYN,ECE,ACK seq=0 ack=1']);
  });

  it('sends ECE again in a retransmitted SYN,ACK', () => {
    const peer = listening(SHOW);
    peer.inject('SYN,ECE,CWR', { options: { mss: MSS } });
    peer.sent();
    expect(peer.advance(1000)).toEqual(['1000 - SYN,ECE,ACK seq=0 ack=1']);
  });

  it('asks with tcp_ecn 1, and uses ECN if the peer accepts', () => {
    const peer = new TcpPeer({ sysctl: { tcp_ecn: 1 }, ...SHOW }).connect();
    expect(peer.sent()).toEqual(['- SYN,ECE,CWR seq=0']);
    peer.inject('SYN,ECE,ACK', { seq: 0, ack: 1, options: { mss: MSS } });
    peer.write(10);
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=1', 'ECT0 PSH,ACK seq=1 ack=1 len=10']);
  });

  it.each(['SYN,ACK', 'SYN,ECE,CWR,ACK', 'SYN,CWR,ACK'])(
    'uses no ECN if the peer answers %s',
    (flags) => {
      const peer = synSent({ sysctl: { tcp_ecn: 1 }, ...SHOW });
      peer.inject(flags, { seq: 0, ack: 1, options: { mss: MSS } });
      peer.write(10);
      expect(peer.sent()).toEqual(['- ACK seq=1 ack=1', '- PSH,ACK seq=1 ack=1 len=10']);
    },
  );

  it('does not ask with tcp_ecn 2', () => {
    const peer = new TcpPeer(SHOW).connect();
    expect(peer.sent()).toEqual(['- SYN seq=0']);
  });

  it('does not ask in a retransmitted SYN (tcp_ecn_fallback, 6.1.1.1), and counts it', () => {
    const peer = synSent({ sysctl: { tcp_ecn: 1 }, ...SHOW });
    expect(peer.advance(1000)).toEqual(['1000 - SYN seq=0']);
    expect(peer.core.counters.StrataEcnFallbacks).toBe(1);
  });

  it('asks in every SYN without tcp_ecn_fallback', () => {
    const peer = synSent({ sysctl: { tcp_ecn: 1, tcp_ecn_fallback: 0 }, ...SHOW });
    expect(peer.advance(1000)).toEqual(['1000 - SYN,ECE,CWR seq=0']);
  });

  it('is agreed in a simultaneous open if both ask', () => {
    const peer = synSent({ sysctl: { tcp_ecn: 1 }, ...SHOW });
    peer.inject('SYN,ECE,CWR', { options: { mss: MSS } });
    expect(peer.sent()).toEqual(['- SYN,ECE,ACK seq=0 ack=1']);
    peer.inject('SYN,ECE,ACK', { seq: 0, ack: 1, options: { mss: MSS } });
    peer.sent();
    peer.write(10);
    // ECE with SYN is not an echo: the window is unchanged.
    expect(peer.sent()).toEqual(['ECT0 PSH,ACK seq=1 ack=1 len=10']);
    expect(peer.core.counters.StrataEcnReductions).toBe(0);
  });
});

describe('which segments are ECT (RFC 3168 6.1.4 to 6.1.6)', () => {
  it('new data is, with the differentiated services of the socket beside it', () => {
    const peer = ecnEstablished({ socketOptions: { tos: 0xb8 } });
    peer.write(10);
    expect(peer.sent()).toEqual(['ECT0+0xb8 PSH,ACK seq=1 ack=1 len=10']);
  });

  it('a super-segment is', () => {
    const peer = ecnEstablished({ maxPduOctets: 16_384 });
    peer.write(5 * MSS);
    expect(peer.sent()).toEqual([`ECT0 PSH,ACK seq=1 ack=1 len=${5 * MSS}`]);
  });

  it('acknowledgments are not (6.1.4)', () => {
    const peer = ecnEstablished();
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 10 });
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=11']);
  });

  it('FIN alone is not', () => {
    const peer = ecnEstablished();
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['- FIN,ACK seq=1 ack=1']);
  });

  it('retransmitted data is not (6.1.5)', () => {
    const peer = ecnEstablished();
    peer.write(10);
    peer.sent();
    const lines = peer.advance(1000);
    expect(peer.core.counters.TcpRetransSegs).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^\d+ - /);
  });

  it('a window probe is not, although it carries a new octet (6.1.6)', () => {
    const peer = ecnEstablished();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(10);
    expect(peer.sent()).toEqual([]);
    const lines = peer.advance(1500);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^\d+ - /);
    peer.inject('ACK', { seq: 1, ack: 2 });
    expect(peer.sent()).toEqual(['ECT0 PSH,ACK seq=2 ack=1 len=9']);
  });

  it('none is if the peer did not accept', () => {
    const peer = established({ sysctl: { tcp_ecn: 1 }, ...SHOW });
    peer.write(10);
    expect(peer.sent()).toEqual(['- PSH,ACK seq=1 ack=1 len=10']);
  });
});

describe('a receiver of CE (RFC 3168 6.1.3)', () => {
  it('echoes it in each acknowledgment until CWR arrives', () => {
    const peer = ecnEstablished();
    const data = { ack: 1, data: 100, ecn: 2 };
    peer.inject('ACK', { seq: 1, ...data });
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=101']);
    peer.inject('ACK', { seq: 101, ...data, ecn: 3 });
    peer.inject('ACK', { seq: 201, ...data });
    expect(peer.sent()).toEqual(['- ECE,ACK seq=1 ack=201', '- ECE,ACK seq=1 ack=301']);
    peer.write(10);
    expect(peer.sent()).toEqual(['ECT0 PSH,ECE,ACK seq=1 ack=301 len=10']);
    peer.inject('CWR,ACK', { seq: 301, ...data, ack: 11 });
    expect(peer.sent()).toEqual(['- ACK seq=11 ack=401']);
  });

  it('continues to echo if the segment with CWR is marked itself', () => {
    const peer = ecnEstablished();
    peer.inject('ACK', { seq: 1, ack: 1, data: 100, ecn: 3 });
    peer.sent();
    peer.inject('CWR,ACK', { seq: 101, ack: 1, data: 100, ecn: 3 });
    expect(peer.sent()).toEqual(['- ECE,ACK seq=1 ack=201']);
  });

  it('answers a CE mark and CWR at once, without delay', () => {
    const peer = ecnEstablished();
    for (let n = 0; n < 20; n += 1) {
      peer.inject('ACK', { seq: 1 + n * 100, ack: 1, data: 100, ecn: 2 });
      peer.advance(100);
    }
    peer.inject('ACK', { seq: 2001, ack: 1, data: 100, ecn: 2 });
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { seq: 2101, ack: 1, data: 100, ecn: 3 });
    expect(peer.sent()).toEqual(['- ECE,ACK seq=1 ack=2201']);
    for (let n = 0; n < 4; n += 1) {
      peer.inject('ACK', { seq: 2201 + n * 100, ack: 1, data: 100, ecn: 2 });
      peer.advance(100);
    }
    peer.inject('CWR,ACK', { seq: 2601, ack: 1, data: 100, ecn: 2 });
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=2701']);
  });

  it('echoes a mark on out-of-order data', () => {
    const peer = ecnEstablished();
    peer.inject('ACK', { seq: 101, ack: 1, data: 100, ecn: 3 });
    expect(peer.sent()).toEqual(['- ECE,ACK seq=1 ack=1']);
  });

  it('echoes no mark on duplicate data, nor beyond the window (6.1.5)', () => {
    const peer = ecnEstablished();
    peer.inject('ACK', { seq: 1, ack: 1, data: 100, ecn: 2 });
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 1, data: 100, ecn: 3 });
    peer.inject('ACK', { seq: 10_000_000, ack: 1, data: 100, ecn: 3 });
    for (const line of peer.sent()) expect(line).toBe('- ACK seq=1 ack=101');
  });

  it('echoes no mark on a segment without data', () => {
    const peer = ecnEstablished();
    peer.inject('ACK', { seq: 1, ack: 1, ecn: 3 });
    peer.inject('ACK', { seq: 1, ack: 1, data: 10, ecn: 2 });
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=11']);
  });

  it('echoes nothing unless ECN is agreed', () => {
    const peer = established(SHOW);
    peer.inject('ACK', { seq: 1, ack: 1, data: 10, ecn: 3 });
    expect(peer.sent()).toEqual(['- ACK seq=1 ack=11']);
  });
});

describe('a sender that receives ECE (RFC 3168 6.1.2)', () => {
  /** Ten segments in flight, more to send, the first two acknowledged with ECE. */
  function echoed(): TcpPeer {
    const peer = ecnEstablished();
    peer.write(300 * MSS);
    peer.sent();
    peer.inject('ECE,ACK', { seq: 1, ack: at(3) });
    return peer;
  }

  it('reduces its window, and sets CWR only on the next new data', () => {
    const peer = echoed();
    const { ssthreshOctets } = infoOf(peer);
    expect(ssthreshOctets).toBeGreaterThanOrEqual(2 * MSS);
    expect(ssthreshOctets).toBeLessThan(10 * MSS);
    const lines = peer.sent();
    for (let n = 4; n <= 11; n += 1) {
      peer.inject('ECE,ACK', { seq: 1, ack: at(n) });
      lines.push(...peer.sent());
    }
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => line.includes('CWR'))).toEqual([
      `ECT0 CWR,ACK seq=${at(11)} ack=1 len=${MSS}`,
    ]);
    expect(lines[0]).toContain('CWR');
    expect(infoOf(peer).cwndOctets).toBe(ssthreshOctets);
  });

  it('sends less from that acknowledgment on, in proportion (RFC 9937)', () => {
    const peer = ecnEstablished();
    peer.write(4 * MSS);
    peer.inject('ECE,ACK', { seq: 1, ack: at(2) });
    // Three segments in flight, below ssthresh: one was delivered, and one more is allowed because
    // there is progress.
    expect(infoOf(peer).cwndOctets).toBe(5 * MSS);
  });

  it('reduces it once per window, however many acknowledgments have ECE', () => {
    const peer = echoed();
    for (let n = 4; n <= 11; n += 1) peer.inject('ECE,ACK', { seq: 1, ack: at(n) });
    expect(peer.core.counters.StrataEcnReductions).toBe(1);
    const { ssthreshOctets } = infoOf(peer);
    // ECE beyond the data in flight at the reduction reports another window's congestion.
    peer.inject('ECE,ACK', { seq: 1, ack: at(12) });
    expect(peer.core.counters.StrataEcnReductions).toBe(2);
    expect(infoOf(peer).ssthreshOctets).toBeLessThan(ssthreshOctets);
  });

  it('does not let it grow until the data then in flight is acknowledged', () => {
    const peer = echoed();
    for (let n = 4; n <= 11; n += 1) peer.inject('ACK', { seq: 1, ack: at(n) });
    const { cwndOctets, ssthreshOctets } = infoOf(peer);
    expect(cwndOctets).toBeLessThanOrEqual(ssthreshOctets);
    for (let n = 12; n <= 30; n += 1) peer.inject('ACK', { seq: 1, ack: at(n) });
    expect(infoOf(peer).cwndOctets).toBeGreaterThan(cwndOctets);
  });

  it('retransmits nothing for it', () => {
    const peer = echoed();
    expect(peer.core.counters.TcpRetransSegs).toBe(0);
  });

  it('never goes below two segments, however much is marked', () => {
    const peer = ecnEstablished();
    peer.write(300 * MSS);
    for (let n = 2; n < 60; n += 1) peer.inject('ECE,ACK', { seq: 1, ack: at(n) });
    expect(infoOf(peer).ssthreshOctets).toBeGreaterThanOrEqual(2 * MSS);
  });

  it('sets CWR after a reduction for a loss too', () => {
    const peer = ecnEstablished({ sysctl: { tcp_frto: 0 } });
    peer.write(10 * MSS);
    peer.sent();
    const lines = peer.advance(1100);
    expect(lines.length).toBeGreaterThan(0);
    // Not on retransmissions (6.1.5).
    for (const line of lines) expect(line).not.toContain('CWR');
    peer.inject('ACK', { seq: 1, ack: at(11) });
    peer.write(2 * MSS);
    const [first, second] = peer.sent();
    expect(first).toMatch(/^ECT0 CWR,ACK/);
    expect(second ?? '').not.toContain('CWR');
  });

  it('ignores ECE unless ECN is agreed', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(300 * MSS);
    peer.inject('ECE,ACK', { seq: 1, ack: at(3) });
    expect(peer.core.counters.StrataEcnReductions).toBe(0);
  });
});

describe('ECN over a wire that marks', () => {
  const octets = 400_000;
  const both = (sysctl: { tcp_ecn: number }) => ({
    client: { sysctl },
    server: { sysctl: { tcp_ecn: 2 } },
    up: octets,
    down: octets,
  });

  it('reports congestion without a loss', () => {
    const wire = { delayMs: 20, ceMarkRatio: 0.02 };
    const transfer = createTransfer(1, { ...both({ tcp_ecn: 1 }), wire });
    runTransfer(transfer, octets, octets);
    for (const { counters } of transfer.cores) {
      expect(counters.TcpRetransSegs).toBe(0);
      expect(counters.StrataEcnReductions).toBeGreaterThan(0);
    }
  });

  it('keeps the queue of a bottleneck that marks before it drops from overflowing', () => {
    const queue = { delayMs: 20, rateOctetsPerSecond: 1_000_000, queueOctets: 60_000 };
    const lossy = createTransfer(1, { ...both({ tcp_ecn: 2 }), wire: queue });
    runTransfer(lossy, octets, octets);
    expect(lossy.cores[0].counters.TcpRetransSegs).toBeGreaterThan(0);
    const wire = { ...queue, ceMarkAboveOctets: 15_000 };
    const marked = createTransfer(1, { ...both({ tcp_ecn: 1 }), wire });
    runTransfer(marked, octets, octets);
    for (const { counters } of marked.cores) expect(counters.TcpRetransSegs).toBe(0);
  });
});
