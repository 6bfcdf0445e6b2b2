import {
  established,
  finWait1,
  synReceived,
  type TcpPeer,
  type TcpPeerOptions,
} from '@strata/simulator';

const MSS = 1460;

/** ESTABLISHED after a handshake with this round trip; one segment in a PDU. SND.NXT = 1. */
function withRoundTrip(rttMs: number, options: TcpPeerOptions = {}): TcpPeer {
  const peer = synReceived({ maxPduOctets: 1, ...options });
  peer.advance(rttMs);
  peer.inject('ACK', { seq: 1, ack: 1 });
  peer.accept();
  peer.sent();
  peer.told();
  return peer;
}

function infoOf(peer: TcpPeer) {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}

function timesOf(lines: readonly string[]): number[] {
  return lines.map((line) => Number(line.split(' ')[0]));
}

describe('the retransmission timeout (RFC 6298, T6)', () => {
  it.each([
    [300, 900],
    [10, 210],
    [0, 200],
  ])('is R + max(4 R/2, 200 ms) after the first measurement: %i gives %i ms (2.2)', (rtt, rto) => {
    expect(infoOf(withRoundTrip(rtt)).rtoMs).toBeCloseTo(rto, 6);
  });

  it('updates SRTT and RTTVAR with 1/8 and 1/4 (2.3)', () => {
    const peer = withRoundTrip(300);
    peer.write(1);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: 2 });
    // RTTVAR = 3/4 150 + 1/4 200, SRTT = 7/8 300 + 1/8 100
    expect(infoOf(peer)).toMatchObject({ rttvarMs: 162.5, srttMs: 275, rtoMs: 925 });
  });

  it('is 3 s for data if the SYN,ACK was retransmitted (5.7)', () => {
    expect(infoOf(withRoundTrip(1500)).rtoMs).toBe(3000);
  });

  it('leaves an initial window of one segment if the SYN,ACK was retransmitted (RFC 5681 3.1)', () => {
    const peer = withRoundTrip(1500);
    peer.write(20 * MSS);
    expect(peer.sent()).toHaveLength(1);
    expect(infoOf(peer).cwndOctets).toBe(MSS);
  });

  it('doubles with each retransmission (5.5)', () => {
    const peer = withRoundTrip(0);
    peer.write(100);
    const [, ...lines] = peer.advance(63 * 200);
    expect(timesOf(lines)).toEqual([1, 3, 7, 15, 31, 63].map((n) => n * 200));
    for (const line of lines) expect(line).toMatch(/PSH,ACK seq=1 ack=1 len=100$/);
    expect(peer.core.counters.TcpRetransSegs).toBe(6);
  });

  it('grows to tcp_rto_max_ms; after 924.6 s of silence the connection is given up (tcp_retries2 15)', () => {
    const peer = withRoundTrip(0);
    peer.write(100);
    const [, ...lines] = peer.advance(924_700);
    expect(peer.state).toBe('ESTABLISHED');
    const times = timesOf(lines);
    expect(times.length).toBeGreaterThanOrEqual(15);
    expect(Math.max(...times.slice(1).map((time, i) => time - times[i]!))).toBe(120_000);
    expect(peer.advance(120_000)).toEqual([]);
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds()).toEqual(['error', 'closed: timed out']);
    expect(peer.core.counters.TCPAbortOnTimeout).toBe(1);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('ends the connection after the time of tcp_retries2 retransmissions starting at 200 ms, counted from the first', () => {
    const peer = withRoundTrip(0, { sysctl: { tcp_retries2: 3 } });
    peer.write(100);
    const [, ...lines] = peer.advance(6199);
    expect(timesOf(lines)).toEqual([200, 600, 1400, 3000]);
    expect(peer.advance(2)).toEqual([]);
    expect(peer.toldKinds()).toEqual(['error', 'closed: timed out']);
  });

  it('gives the reason of an ICMP error if the connection times out (RFC 9293 3.9.2.2, MUST-56)', () => {
    const peer = withRoundTrip(0, { sysctl: { tcp_retries2: 2 } });
    peer.write(100);
    peer.injectError(3, 1, { seq: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.advance(600_000);
    expect(peer.toldKinds().at(-1)).toBe('closed: host unreachable');
  });

  it('is off when all data is acknowledged (5.2)', () => {
    const peer = withRoundTrip(0);
    peer.write(100);
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 101 });
    expect(peer.advance(100_000)).toEqual([]);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('restarts with each acknowledgment of new data (5.3)', () => {
    const peer = withRoundTrip(0);
    peer.write(3 * MSS);
    peer.sent();
    peer.advance(199);
    peer.inject('ACK', { seq: 1, ack: 1 + MSS });
    const { rtoMs } = infoOf(peer);
    expect(peer.advance(rtoMs - 1)).toEqual([]);
    expect(peer.advance(1)).toHaveLength(1);
  });

  it('stays backed off until the next measurement: the ACK of a retransmission gives none (5.5, Karn)', () => {
    const peer = withRoundTrip(0);
    peer.write(MSS);
    peer.advance(3000);
    expect(infoOf(peer).rtoMs).toBe(3200);
    peer.inject('ACK', { seq: 1, ack: 1 + MSS });
    expect(infoOf(peer).rtoMs).toBe(3200);
    peer.write(MSS);
    peer.inject('ACK', { seq: 1, ack: 1 + 2 * MSS });
    expect(infoOf(peer).rtoMs).toBe(200);
  });

  it('is no longer backed off after a timestamp measures a retransmission (RFC 7323 4)', () => {
    const synOptions = { mss: MSS, timestamps: { value: 1, echo: 0 } };
    const peer = established({ maxPduOctets: 1, synOptions });
    peer.sent();
    peer.write(MSS);
    peer.advance(3000);
    expect(infoOf(peer).rtoMs).toBeGreaterThan(3000);
    const timestamps = { value: 2, echo: peer.coreTimestamp };
    peer.inject('ACK', { seq: 1, ack: 1 + MSS, options: { timestamps } });
    expect(infoOf(peer).rtoMs).toBeLessThan(3000);
  });

  it('does not restart with duplicate ACKs', () => {
    const peer = withRoundTrip(0);
    peer.write(3 * MSS);
    peer.sent();
    peer.advance(150);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(timesOf(peer.advance(100))).toEqual([50]);
  });

  it('does not measure retransmissions (Karn, 3)', () => {
    const peer = withRoundTrip(0);
    peer.write(100);
    peer.sent();
    peer.advance(5000);
    peer.inject('ACK', { seq: 1, ack: 101 });
    expect(infoOf(peer)).toMatchObject({ srttMs: 0, rttvarMs: 0 });
  });

  it('retransmits a FIN too', () => {
    const peer = finWait1();
    const lines = peer.advance(1400);
    expect(timesOf(lines)).toEqual([200, 600, 1400]);
    for (const line of lines) expect(line).toMatch(/FIN,ACK seq=1 ack=1$/);
  });

  it('retransmits the same octets; data written since follows them', () => {
    const peer = withRoundTrip(0);
    peer.write(100);
    peer.write(50);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100']);
    expect(peer.advance(200)).toEqual(['200 PSH,ACK seq=1 ack=1 len=100']);
    peer.inject('ACK', { seq: 1, ack: 101 });
    expect(peer.sent()).toEqual(['PSH,ACK seq=101 ack=1 len=50']);
  });

  it('reduces the window to one segment, and slow start begins (RFC 5681 3.1)', () => {
    const sysctl = { tcp_congestion_control: 'reno', tcp_frto: 0 };
    const peer = withRoundTrip(0, { sysctl });
    peer.write(20 * MSS);
    expect(peer.sent()).toHaveLength(10);
    expect(peer.advance(200)).toEqual([`200 ACK seq=1 ack=1 len=${MSS}`]);
    expect(infoOf(peer)).toMatchObject({ cwndOctets: MSS, ssthreshOctets: 5 * MSS });
    peer.inject('ACK', { seq: 1, ack: 1 + MSS });
    expect(peer.sent()).toEqual([
      `ACK seq=${1 + MSS} ack=1 len=${MSS}`,
      `ACK seq=${1 + 2 * MSS} ack=1 len=${MSS}`,
    ]);
  });

  it('keeps ssthresh if the same data times out again (RFC 5681 3.1)', () => {
    const peer = withRoundTrip(0, { sysctl: { tcp_congestion_control: 'reno' } });
    peer.write(20 * MSS);
    peer.advance(1400);
    expect(infoOf(peer)).toMatchObject({ cwndOctets: MSS, ssthreshOctets: 5 * MSS });
  });
});

describe('an idle connection', () => {
  it('sends nothing and has no timer (RFC 9293 3.8.4, MUST-25)', () => {
    const peer = established();
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    expect(peer.advance(30 * 86_400_000)).toEqual([]);
    expect(peer.state).toBe('ESTABLISHED');
  });
});
