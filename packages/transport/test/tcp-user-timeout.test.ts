import { established, listening, synSent, type TcpPeer } from '@strata/simulator';

const change = (peer: TcpPeer, options: object) =>
  peer.request({ kind: 'set-options', socket: peer.socket, options });
/** Milliseconds from now until the connection is closed. */
function closesAfter(peer: TcpPeer, mostMs: number): number {
  const fromMs = peer.nowMs;
  while (peer.state !== 'CLOSED' && peer.nowMs - fromMs <= mostMs) {
    peer.advance(Math.max(0, peer.core.nextDeadlineMs() - peer.nowMs));
  }
  return Math.round(peer.nowMs - fromMs);
}

describe('TCP_USER_TIMEOUT (RFC 9293 3.8.3, MUST-20 (c))', () => {
  it('ends the connection if data stays unacknowledged for that long', () => {
    const peer = established({ socketOptions: { userTimeoutMs: 5000 } });
    peer.write(100);
    expect(closesAfter(peer, 60_000)).toBe(5000);
    expect(peer.toldKinds().at(-1)).toBe('closed: timed out');
    expect(peer.core.counters.TCPAbortOnTimeout).toBe(1);
  });

  it('replaces tcp_retries2, as in retransmits_timed_out() of Linux', () => {
    const peer = established({
      socketOptions: { userTimeoutMs: 60_000 },
      sysctl: { tcp_retries2: 3 },
    });
    peer.write(100);
    expect(closesAfter(peer, 100_000)).toBe(60_000);
  });

  it('counts from the oldest octet: acknowledgments of earlier octets do not shorten it', () => {
    const peer = established({ socketOptions: { userTimeoutMs: 5000 }, maxPduOctets: 1 });
    peer.write(2920);
    peer.advance(150);
    peer.inject('ACK', { ack: 1461 });
    expect(closesAfter(peer, 60_000)).toBeGreaterThanOrEqual(4800);
    expect(peer.state).toBe('CLOSED');
  });

  it('counts for later octets from their own transmission', () => {
    const peer = established({ socketOptions: { userTimeoutMs: 5000, noDelay: true } });
    peer.write(100);
    peer.advance(150);
    peer.write(100);
    peer.advance(40);
    peer.inject('ACK', { ack: 101 });
    peer.advance(4950);
    expect(peer.state).toBe('ESTABLISHED');
    peer.advance(20);
    expect(peer.state).toBe('CLOSED');
  });

  it('does not end a connection that waits for nothing', () => {
    const peer = established({ socketOptions: { userTimeoutMs: 1000 } });
    peer.write(100);
    peer.inject('ACK', { ack: 101 });
    peer.advance(100_000);
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('ends a connection whose window stays closed for that long, although the peer answers probes, as in tcp_probe_timer() of Linux', () => {
    const peer = established({ socketOptions: { userTimeoutMs: 20_000 } });
    peer.inject('ACK', { win: 0 });
    peer.write(100);
    for (let i = 0; i < 18; i += 1) {
      peer.advance(1000);
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    }
    expect(peer.state).toBe('ESTABLISHED');
    peer.advance(2500);
    expect(peer.state).toBe('CLOSED');
  });

  it('ends a connection in the handshake', () => {
    const peer = synSent({ socketOptions: { userTimeoutMs: 4000 } });
    expect(closesAfter(peer, 60_000)).toBe(4000);
    expect(peer.core.counters.TcpAttemptFails).toBe(1);
  });

  it('takes effect on an open connection', () => {
    const peer = established();
    peer.write(100);
    change(peer, { userTimeoutMs: 3000 });
    expect(closesAfter(peer, 60_000)).toBe(3000);
  });
});

describe('the user timeout option (RFC 5482)', () => {
  const ON = { userTimeoutOption: true, userTimeoutMs: 300_000 };

  it('is off by default (ENABLED)', () => {
    const peer = synSent({ socketOptions: { userTimeoutMs: 300_000 } });
    expect(peer.advance(1000).join()).not.toContain('uto');
  });

  it('is in SYN, in SYN,ACK, and in the first segment without SYN', () => {
    const client = synSent({ socketOptions: ON, show: { options: true } });
    expect(client.advance(1000).at(-1)).toContain('uto 300');
    client.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
    expect(client.sent().at(-1)).toBe('ACK seq=1 ack=1 <uto 300>');
    client.inject('PSH,ACK', { data: 10 });
    expect(client.sentInFull().join()).not.toContain('uto');
    const server = listening({ socketOptions: ON });
    server.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(server.sentInFull()[0]).toContain('uto 300');
  });

  it('is sent at once when the timeout is changed', () => {
    const peer = established({ socketOptions: ON });
    peer.inject('PSH,ACK', { data: 10 });
    peer.sent();
    change(peer, { userTimeoutMs: 40_000_000 });
    expect(peer.sentInFull()[0]).toContain('<uto 40020>');
  });

  const timeoutWith = (socketOptions: object, userTimeoutSeconds: number) => {
    const peer = established({ socketOptions });
    peer.inject('PSH,ACK', { data: 10, options: { userTimeoutSeconds } });
    peer.write(100);
    return closesAfter(peer, 10_000_000);
  };

  it('lengthens the timeout up to an hour if the application sets none, but never shortens it', () => {
    const plain = timeoutWith({}, 2000);
    expect(timeoutWith({ userTimeoutOption: true }, 1)).toBe(plain);
    expect(timeoutWith({ userTimeoutOption: true }, 2000)).toBe(2_000_000);
    expect(timeoutWith({ userTimeoutOption: true }, 30_000)).toBe(3_600_000);
  });

  it('does not change a timeout that the application has set (CHANGEABLE)', () => {
    expect(timeoutWith({ userTimeoutOption: true, userTimeoutMs: 5000 }, 2000)).toBe(5000);
  });

  it('stays out of full segments, which it would make too large', () => {
    const peer = established({ socketOptions: ON, maxPduOctets: 1 });
    peer.write(3000);
    for (const segment of peer.sentSegments()) {
      expect(segment.bytes.byteLength).toBeLessThanOrEqual(1480);
    }
  });
});
