import { closeWait, established, listening, TcpPeer, timeWait } from '@strata/simulator';

const TIMESTAMPS = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
const SCALED = { mss: 1460, windowScale: 7 };

/** Faults that the adversary has found, one test each. */
describe('what a hostile peer cannot do', () => {
  it('move TS.Recent with a segment whose acknowledgment is out of range (RFC 7323 4.3, RFC 5961 5)', () => {
    const peer = established({ synOptions: TIMESTAMPS });
    const timestamps = { value: 2_000_000_000, echo: 0 };
    peer.inject('ACK', { seq: 1, ack: 1_000_000, data: 10, options: { timestamps } });
    peer.sent();
    const honest = { timestamps: { value: 1001, echo: peer.coreTimestamp } };
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 'hello', options: honest });
    expect(peer.toldKinds()).toEqual(['data']);
  });

  it('lengthen the user timeout with a segment whose acknowledgment is out of range', () => {
    const peer = established({ socketOptions: { userTimeoutOption: true } });
    peer.inject('ACK', { seq: 1, ack: 1_000_000, options: { userTimeoutSeconds: 3600 } });
    peer.sent();
    peer.write(10);
    peer.advance(1_100_000);
    expect(peer.toldKinds()).toContain('closed: timed out');
  });

  it('keep octets queued beyond its FIN, or have them SACKed (RFC 9293 3.10.7.4)', () => {
    const peer = established({ synOptions: { mss: 1460, sackPermitted: true } });
    peer.inject('ACK', { seq: 101, ack: 1, data: 50 });
    peer.sent();
    peer.inject('FIN,ACK', { seq: 1, ack: 1, data: 50 });
    expect(peer.sentInFull().join()).not.toContain('sack');
    expect([...peer.core.connections()][0]?.receive.outOfOrder).toEqual([]);
  });

  it('fill more than the buffer with segments smaller than the unit of the window (RFC 7323 2.4)', () => {
    const peer = established({ synOptions: SCALED, creditOctets: 0 });
    const [tcb] = peer.core.connections();
    const buffer = tcb!.rcvBufferOctets;
    let seq = 1;
    for (; seq < buffer - 2000; seq += 1000) peer.inject('ACK', { seq, ack: 1, data: 1000 });
    for (let i = 0; i < 3000; i += 1) {
      peer.inject('ACK', { seq, ack: 1, data: 1 });
      seq += 1;
    }
    expect(tcb!.receive.inOrderOctets).toBeGreaterThan(buffer - 1000);
    expect(tcb!.receive.inOrderOctets).toBeLessThan(buffer + 2 ** tcb!.rcvWndShift);
  });
});

describe('a zero-window probe that is SACKed and not acknowledged', () => {
  it('is filled up when the window opens, and counts as in flight (RFC 2018 8)', () => {
    const peer = established({ synOptions: { mss: 1460, sackPermitted: true } });
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(1000);
    peer.advance(1000);
    peer.sent();
    const [tcb] = peer.core.connections();
    const sack = [{ left: tcb!.sndUna, right: tcb!.sndNxt }];
    peer.inject('ACK', { seq: 1, ack: 1, win: 65_535, options: { sack } });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=1000']);
    expect(tcb!.retransmission).toMatchObject({ sackedOctets: 0, ranges: [{ sacked: false }] });
  });
});

describe('an undone reduction of the window', () => {
  it('leaves the variables of an algorithm that was chosen since (RFC 4015, TCP_CONGESTION)', () => {
    const socketOptions = { congestionControl: 'reno' };
    const peer = established({ synOptions: TIMESTAMPS, socketOptions });
    const ack = (number: number, echo: number) =>
      peer.inject('ACK', { seq: 1, ack: number, options: { timestamps: { value: 1002, echo } } });
    peer.write(20_000);
    const first = peer.coreTimestamp;
    peer.advance(300);
    peer.request({
      kind: 'set-options',
      socket: peer.socket,
      options: { congestionControl: 'cubic' },
    });
    for (let number = 1449; number < 20_001; number += 1448) ack(number, first);
    const [tcb] = peer.core.connections();
    expect(tcb!.congestion.name).toBe('cubic');
    expect(Object.values(tcb!.congestion.own)).not.toContain(NaN);
    expect(Object.keys(tcb!.congestion.own)).toContain('wMax');
  });
});

describe('options that change between SYN and its answer', () => {
  const smaller = { receiveBufferOctets: 4096 };
  const shiftOf = (peer: TcpPeer) => [...peer.core.connections()][0]?.rcvWndShift;

  it('leave the window shift that the SYN,ACK offered (RFC 7323 2.3)', () => {
    const peer = listening({ synOptions: SCALED });
    peer.inject('SYN', { seq: 0, options: SCALED });
    const [synAck] = peer.sentSegments();
    peer.request({ kind: 'set-options', socket: 64, options: smaller });
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(shiftOf(peer)).toBe(synAck?.options.windowScale);
  });

  it('leave the shift and the window that the SYN offered', () => {
    const peer = new TcpPeer().connect();
    const offered = peer.sentSegments()[0]?.options.windowScale;
    peer.request({ kind: 'set-options', socket: peer.socket, options: smaller });
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: SCALED });
    expect(shiftOf(peer)).toBe(offered);
    // Data within the window of the SYN is accepted.
    peer.inject('ACK', { seq: 1, ack: 1, data: 30_000 });
    expect(peer.toldKinds()).toEqual(['connected', 'data']);
  });

  it('leave the window that the SYN,ACK announced, and the accept queue count of the listener', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0 });
    peer.request({ kind: 'set-options', socket: 64, options: { receiveBufferOctets: 2304 } });
    peer.inject('ACK', { seq: 3383, ack: 1, data: 10 });
    const [listener, connection] = peer.core.sockets();
    expect(listener).toMatchObject({ state: 'LISTEN', receiveQueueOctets: 1 });
    expect(connection).toMatchObject({ state: 'ESTABLISHED' });
  });
});

describe('the end of LAST-ACK', () => {
  it('is CLOSED, not TIME-WAIT, while the application has not read everything (RFC 9293 3.3.2, figure 5)', () => {
    const peer = closeWait({ creditOctets: 0 });
    const unread = established({ creditOctets: 0 });
    for (const one of [peer, unread]) {
      if (one === unread) one.inject('FIN,ACK', { seq: 1, ack: 1, data: 100 });
      one.ask('shutdown');
      one.inject('ACK', { ack: 2 });
    }
    expect(unread.state).toBe('CLOSED');
    expect(unread.core.sockets().map(({ state }) => state)).toContain('CLOSED');
    unread.credit(1000);
    expect(unread.toldKinds()).toEqual(['data', 'end', 'closed: finished']);
    expect(timeWait().state).toBe('TIME-WAIT');
  });
});

describe('keepalive', () => {
  it.each([76_041.3, 0.1, 4_294_967_295.7])(
    'does not expire again and again at a start of %d ms',
    (startMs) => {
      const peer = established({
        startMs,
        socketOptions: { keepAlive: true, keepAliveIdleMs: 60_000 },
      });
      peer.advance(20_000);
      peer.inject('ACK', { seq: 1, ack: 1, data: 1 });
      expect(peer.advance(90_000).length).toBeGreaterThan(0);
    },
  );
});
