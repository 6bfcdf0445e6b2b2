import { established, synSent, type TcpPeer } from '@strata/simulator';

const times = (lines: readonly string[]) => lines.map((line) => Number(line.split(' ')[0]));
const change = (peer: TcpPeer, options: object) =>
  peer.request({ kind: 'set-options', socket: peer.socket, options });

/** Keepalives after 10 s, every second, three of them. */
const OPTIONS = {
  keepAlive: true,
  keepAliveIdleMs: 10_000,
  keepAliveIntervalMs: 1000,
  keepAliveProbes: 3,
};

describe('keepalive (RFC 9293 3.8.4, T16)', () => {
  it('is off unless it is asked for (MUST-25)', () => {
    expect(established().advance(100_000_000)).toEqual([]);
  });

  it('starts after tcp_keepalive_time, 7,200 s (MUST-28), repeats every 75 s, and gives up after 9 probes, with a RST', () => {
    const peer = established({ socketOptions: { keepAlive: true } });
    const lines = peer.advance(10_000_000);
    const s = (seconds: number) => Math.round(seconds * 1000);
    expect(times(lines)).toEqual(Array.from({ length: 10 }, (_, i) => s(7200 + i * 75)));
    expect(lines[0]).toBe('7200000 ACK seq=0 ack=1');
    expect(lines.at(-1)).toMatch(/RST,ACK seq=1 ack=1$/);
    expect(peer.toldKinds().at(-1)).toBe('closed: timed out');
    expect(peer.core.counters).toMatchObject({ TCPKeepAlive: 9, TCPAbortOnTimeout: 1 });
  });

  it('has its own times and counts for each socket', () => {
    const peer = established({ socketOptions: OPTIONS });
    expect(times(peer.advance(60_000))).toEqual([10_000, 11_000, 12_000, 13_000]);
    expect(peer.state).toBe('CLOSED');
  });

  it('has SEG.SEQ before the window and no data, so that the peer must answer (3.8.4)', () => {
    const peer = established({ socketOptions: OPTIONS });
    peer.write(100);
    peer.sent();
    peer.inject('ACK', { ack: 101 });
    expect(peer.advance(10_000)).toEqual(['10000 ACK seq=100 ack=1']);
  });

  it('continues as long as the peer answers: one unanswered probe does not end the connection (MUST-29)', () => {
    const peer = established({ socketOptions: OPTIONS });
    for (let i = 0; i < 20; i += 1) {
      expect(peer.advance(12_500).length).toBeGreaterThanOrEqual(1);
      peer.inject('ACK', { seq: 1, ack: 1 });
    }
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('starts again with each segment of the peer', () => {
    const peer = established({ socketOptions: OPTIONS });
    peer.advance(9000);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(times(peer.advance(10_500))).toEqual([10_000]);
  });

  it.each([
    ['out of the window', 'ACK', { seq: 10_000_000 }],
    ['a RST that is not exact', 'RST', { seq: 100 }],
    ['data with an ACK of what was never sent', 'ACK', { seq: 1, ack: 1000, data: 5 }],
    ['a SYN', 'SYN', { seq: 50 }],
  ])('does not take a segment that anybody could send as a sign of life: %s', (_, flags, made) => {
    const peer = established({ socketOptions: OPTIONS });
    peer.advance(9000);
    peer.inject(flags, made);
    peer.sent();
    expect(times(peer.advance(5000))).toEqual([1000, 2000, 3000, 4000]);
    expect(peer.state).toBe('CLOSED');
  });

  it('waits while data is in flight, which has its own timer (MUST-26)', () => {
    const peer = established({ socketOptions: OPTIONS });
    peer.write(100);
    peer.sent();
    expect(peer.advance(60_000).filter((line) => !line.includes('len=100'))).toEqual([]);
    expect(peer.core.counters.TCPKeepAlive).toBe(0);
  });

  it('can be turned on and off on an open connection', () => {
    const peer = established();
    peer.advance(5000);
    change(peer, OPTIONS);
    expect(times(peer.advance(7000))).toEqual([5000, 6000, 7000]);
    change(peer, { keepAlive: false });
    expect(peer.advance(100_000)).toEqual([]);
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('follows changes of the sysctls', () => {
    const peer = established({ socketOptions: { keepAlive: true } });
    Object.assign(peer.core.sysctl, { tcp_keepalive_intvl: 5, tcp_keepalive_probes: 2 });
    expect(times(peer.advance(8_000_000))).toEqual([7_200_000, 7_205_000, 7_210_000]);
  });

  it('gives up by time if there is a user timeout, as in tcp_keepalive_timer() of Linux', () => {
    const peer = established({ socketOptions: { ...OPTIONS, userTimeoutMs: 15_000 } });
    expect(times(peer.advance(60_000))).toEqual([10_000, 11_000, 12_000, 13_000, 14_000, 15_000]);
    expect(peer.toldKinds().at(-1)).toBe('closed: timed out');
  });

  it('also runs in FIN-WAIT-2 while the application still reads', () => {
    const peer = established({ socketOptions: OPTIONS });
    peer.ask('shutdown');
    peer.sent();
    peer.inject('ACK', { ack: 2 });
    expect(peer.state).toBe('FIN-WAIT-2');
    expect(peer.advance(60_000)[0]).toBe('10000 ACK seq=1 ack=1');
    expect(peer.state).toBe('CLOSED');
  });

  it('counts from the end of the handshake, however long that took', () => {
    const peer = synSent({ socketOptions: OPTIONS });
    peer.advance(5000);
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
    peer.sent();
    expect(times(peer.advance(10_500))).toEqual([10_000]);
  });

  it('does not run during the handshake', () => {
    const peer = synSent({ socketOptions: { ...OPTIONS, keepAliveIdleMs: 100 } });
    expect(peer.advance(900)).toEqual([]);
  });

  it.each([
    ['without data', {}],
    ['with an octet of garbage', { data: 1 }],
  ])('is answered if the peer sends it: %s', (_, more) => {
    const peer = established();
    peer.write(10);
    peer.inject('ACK', { ack: 11, data: 20 });
    peer.advance(1000);
    peer.sent();
    peer.inject('ACK', { seq: 20, ack: 11, ...more });
    expect(peer.sent()).toEqual(['ACK seq=11 ack=21']);
  });
});

describe('keepalive turned on in TIME-WAIT while the application has not read everything', () => {
  it('sends nothing and ends nothing: the data can still be read', () => {
    const peer = established({ creditOctets: 0 });
    peer.inject('ACK', { data: 100 });
    peer.ask('shutdown');
    peer.inject('FIN,ACK');
    peer.sent();
    change(peer, { ...OPTIONS, keepAliveIdleMs: 1000 });
    expect(peer.advance(600_000)).toEqual([]);
    peer.told();
    peer.credit(1000);
    expect(peer.toldKinds()).toEqual(['data', 'end', 'closed: finished']);
  });
});
