import { established, synSent, type TcpPeer } from '@strata/simulator';

const times = (lines: readonly string[]) => lines.map((line) => Number(line.split(' ')[0]) / 1000);
/** Seconds from now until the connection is closed. */
function closesAfter(peer: TcpPeer, mostSeconds: number): number {
  const fromMs = peer.nowMs;
  while (peer.state !== 'CLOSED' && peer.nowMs - fromMs <= mostSeconds * 1000) {
    peer.advance(Math.max(0, peer.core.nextDeadlineMs() - peer.nowMs));
  }
  return Math.round(peer.nowMs - fromMs) / 1000;
}

describe('tcp_retries2 (R2 of RFC 9293 3.8.3, T6)', () => {
  it.each([
    [15, 924.6],
    [8, 102.2],
    [3, 3],
    [0, 0.2],
  ])(
    'of %i is the time of that many retransmissions starting at 200 ms, %d s from the first one on',
    (tcp_retries2, seconds) => {
      const peer = established({ sysctl: { tcp_retries2 } });
      peer.write(100);
      const [first] = times(peer.advance(1500));
      const closed = closesAfter(peer, 2000) + 1.5 - first!;
      // Checked when the timer expires, as in Linux's tcp_write_timeout().
      expect(closed).toBeGreaterThanOrEqual(seconds);
      expect(closed).toBeLessThanOrEqual(Math.max(2 * seconds + 1.5, 1.5));
      expect(peer.toldKinds().at(-1)).toBe('closed: timed out');
    },
  );

  it('may be changed while the connection waits', () => {
    const peer = established();
    peer.write(100);
    peer.advance(60_000);
    peer.core.sysctl.tcp_retries2 = 5;
    expect(closesAfter(peer, 200)).toBeLessThan(70);
  });

  it('counts time, not segments: a connection with a long RTO gets as many chances', () => {
    const peer = established({ sysctl: { tcp_rto_min_us: 10_000_000 } });
    peer.core.sysctl.tcp_retries2 = 3;
    peer.write(100);
    expect(closesAfter(peer, 1000)).toBeGreaterThanOrEqual(150);
  });

  it('starts again with each acknowledgment that makes progress', () => {
    const peer = established({ sysctl: { tcp_retries2: 5 }, maxPduOctets: 1 });
    peer.write(14_600);
    for (let i = 1; i <= 6; i += 1) {
      peer.advance(5000);
      peer.inject('ACK', { ack: 1 + i * 1460 });
    }
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe('a connection that the application has closed', () => {
  const orphan = (sysctl: object) => {
    const peer = established({ sysctl });
    peer.write(100);
    peer.ask('close');
    peer.sent();
    return closesAfter(peer, 2000);
  };

  it('is given up after the time of 8 retransmissions, as in tcp_orphan_retries() of Linux', () => {
    const seconds = orphan({});
    expect(seconds).toBeGreaterThanOrEqual(102.2);
    expect(seconds).toBeLessThan(250);
  });

  it('is given up after the time of tcp_orphan_retries', () => {
    expect(orphan({ tcp_orphan_retries: 3 })).toBeLessThan(10);
  });

  it('is not kept for ever by a peer that answers zero-window probes', () => {
    const peer = established();
    peer.inject('ACK', { win: 0 });
    peer.write(100);
    peer.ask('close');
    let seconds = 0;
    for (; peer.state !== 'CLOSED' && seconds < 3600; seconds += 1) {
      peer.advance(1000);
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    }
    expect(peer.state).toBe('CLOSED');
    expect(seconds).toBeGreaterThan(100);
  });
});

describe('the SYN retransmission (T7)', () => {
  const syns = (peer: TcpPeer) => times(peer.advance(200_000));

  it('is sent after 1, 3, 7, 15, 31 and 63 s, and the connection is given up after 127 s', () => {
    const peer = synSent();
    expect(syns(peer)).toEqual([1, 3, 7, 15, 31, 63]);
    const again = synSent();
    expect(closesAfter(again, 200)).toBe(127);
    expect(again.toldKinds().at(-1)).toBe('closed: timed out');
  });

  it('is sent as often as TCP_SYNCNT says', () => {
    expect(syns(synSent({ socketOptions: { synRetries: 2 } }))).toEqual([1, 3]);
  });

  it('is sent tcp_syn_linear_timeouts times without backoff, in addition to the others, as in Linux 6.5', () => {
    const sysctl = { tcp_syn_linear_timeouts: 4, tcp_syn_retries: 3 };
    expect(syns(synSent({ sysctl }))).toEqual([1, 2, 3, 4, 5, 7, 11]);
    expect(closesAfter(synSent({ sysctl }), 200)).toBe(19);
  });
});

describe('tcp_rto_min_us above tcp_rto_max_ms', () => {
  it('counts as that maximum: tcp_retries2 is still a time', () => {
    const peer = established({ sysctl: { tcp_rto_min_us: 120_000_000, tcp_rto_max_ms: 1000 } });
    peer.write(100);
    peer.advance(1000);
    // 15 retransmissions, one second apart.
    expect(closesAfter(peer, 100)).toBe(16);
  });
});
