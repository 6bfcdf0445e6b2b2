import {
  ALL_STATES,
  established,
  finWait2,
  listening,
  type MadeSegment,
  synReceivedBySimultaneousOpen,
  synSent,
  type TcpPeer,
  timeWait,
} from '@strata/simulator';

const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };

/** ESTABLISHED with timestamps; the peer's clock is at 1,001. */
const withTimestamps = () => established({ synOptions });

function stamped(peer: TcpPeer, value: number, made: MadeSegment = {}): MadeSegment {
  return { ...made, options: { timestamps: { value, echo: peer.coreTimestamp } } };
}

function lastTimestamps(peer: TcpPeer) {
  return peer.sentSegments().at(-1)?.options.timestamps;
}

describe('timestamps (RFC 7323 3, T18)', () => {
  it('are in the SYN,ACK if the SYN had them, and echo it', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0, options: synOptions });
    expect(lastTimestamps(peer)?.echo).toBe(1000);
    const plain = listening();
    plain.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(lastTimestamps(plain)).toBeUndefined();
  });

  it('are in no segment if the SYN,ACK had none', () => {
    const peer = synSent();
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
    expect(lastTimestamps(peer)).toBeUndefined();
  });

  it('are in no SYN,ACK with tcp_timestamps 0', () => {
    const peer = listening({ sysctl: { tcp_timestamps: 0 } });
    peer.inject('SYN', { seq: 0, options: synOptions });
    expect(lastTimestamps(peer)).toBeUndefined();
  });

  it('are in every segment once agreed', () => {
    const peer = withTimestamps();
    peer.write(10);
    peer.inject('PSH,ACK', stamped(peer, 1002, { data: 10 }));
    peer.ask('shutdown');
    const segments = peer.sentSegments();
    expect(segments.length).toBeGreaterThanOrEqual(3);
    for (const segment of segments) expect(segment.options.timestamps).toBeDefined();
  });

  it('count milliseconds', () => {
    const peer = withTimestamps();
    peer.write(10);
    const first = lastTimestamps(peer)!.value;
    peer.inject('ACK', stamped(peer, 1002, { ack: 11 }));
    peer.advance(5000);
    peer.sent();
    peer.write(10);
    expect((lastTimestamps(peer)!.value - first) | 0).toBe(5000);
  });

  it('echo the segment that moved the left edge of the window, not an out-of-order one (4.3)', () => {
    const peer = withTimestamps();
    peer.inject('ACK', stamped(peer, 2000, { seq: 101, data: 100 }));
    expect(lastTimestamps(peer)?.echo).toBe(1001);
    peer.inject('ACK', stamped(peer, 2001, { seq: 1, data: 100 }));
    expect(lastTimestamps(peer)?.echo).toBe(2001);
  });

  it('of delayed acknowledgments echo the first segment that they answer (4.3, A)', () => {
    const peer = withTimestamps();
    for (let i = 0; i < 20; i += 1) {
      peer.inject('PSH,ACK', stamped(peer, 1100 + i, { data: 10 }));
      peer.advance(500);
    }
    peer.sent();
    peer.inject('ACK', stamped(peer, 3000, { data: 1448 }));
    peer.inject('ACK', stamped(peer, 3001, { data: 1448 }));
    expect(lastTimestamps(peer)?.echo).toBe(3000);
  });

  it('measure retransmissions (RFC 6298 3)', () => {
    const peer = withTimestamps();
    peer.write(10);
    peer.advance(5000);
    const echoed = peer.coreTimestamp;
    peer.advance(30);
    const before = srttOf(peer);
    const timestamps = { value: 7000, echo: echoed };
    peer.inject('ACK', { seq: 1, ack: 11, options: { timestamps } });
    expect(srttOf(peer)).not.toBe(before);
  });
});

function srttOf(peer: TcpPeer): number {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!.srttMs;
}

describe('PAWS (RFC 7323 5.3)', () => {
  it('answers an old timestamp by an ACK and drops the segment (R1)', () => {
    const peer = withTimestamps();
    peer.inject('PSH,ACK', stamped(peer, 999, { seq: 1, data: 'old' }));
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
    expect(peer.told()).toEqual([]);
    expect(peer.core.counters.PAWSEstab).toBe(1);
  });

  it('accepts an equal timestamp', () => {
    const peer = withTimestamps();
    peer.inject('PSH,ACK', stamped(peer, 1001, { seq: 1, data: 'new' }));
    expect(peer.toldKinds()).toEqual(['data']);
  });

  it('accepts a timestamp that wrapped', () => {
    const timestamps = { value: 0xfffffff0, echo: 0 };
    const peer = established({ synOptions: { mss: 1460, timestamps } });
    peer.inject('PSH,ACK', stamped(peer, 5, { seq: 1, data: 'new' }));
    expect(peer.toldKinds()).toEqual(['data']);
    peer.inject('PSH,ACK', stamped(peer, 0xfffffff8, { data: 'old' }));
    expect(peer.toldKinds()).toEqual([]);
  });

  it('accepts RST whatever its timestamp (5.2)', () => {
    const peer = withTimestamps();
    peer.inject('RST', stamped(peer, 1, { seq: 1 }));
    expect(peer.state).toBe('CLOSED');
  });

  it('ends after 24 days of silence (5.5)', () => {
    const peer = withTimestamps();
    peer.advance(25 * 86_400_000);
    peer.inject('PSH,ACK', stamped(peer, 999, { seq: 1, data: 'new' }));
    expect(peer.toldKinds()).toEqual(['data']);
  });

  it('TIME-WAIT: a new SYN with a later timestamp reopens even with a lower number', () => {
    const peer = timeWait({ synOptions });
    peer.inject('SYN', {
      seq: -50_000,
      options: { mss: 1460, timestamps: { value: 5000, echo: 0 } },
    });
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('TIME-WAIT: an old duplicate is acknowledged, and 2 MSL are not restarted', () => {
    const peer = timeWait({ synOptions });
    peer.advance(59_000);
    peer.inject('FIN,ACK', stamped(peer, 500, { seq: 1, ack: 2 }));
    expect(peer.sent()).toHaveLength(1);
    peer.advance(1000);
    expect(peer.state).toBe('CLOSED');
  });
});

describe('a segment without the agreed timestamp, accepted as in tcp_validate_incoming() of Linux (RFC 7323 3.2)', () => {
  it.each([
    ['SYN-RECEIVED', 'ACK', { seq: 1, ack: 1 }, 'ESTABLISHED'],
    ['ESTABLISHED', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSE-WAIT'],
    ['FIN-WAIT-1', 'ACK', { seq: 1, ack: 2 }, 'FIN-WAIT-2'],
    ['FIN-WAIT-2', 'FIN,ACK', { seq: 1, ack: 2 }, 'TIME-WAIT'],
    ['CLOSING', 'ACK', { seq: 2, ack: 2 }, 'TIME-WAIT'],
    ['LAST-ACK', 'ACK', { seq: 2, ack: 2 }, 'CLOSED'],
  ] as const)('%s: %s is accepted', (name, flags, made, next) => {
    const peer = ALL_STATES[name]({ synOptions });
    peer.inject(flags, made);
    expect(peer.state).toBe(next);
  });

  it('SYN-RECEIVED of a simultaneous open: the ACK is accepted', () => {
    const peer = synReceivedBySimultaneousOpen({ synOptions });
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
  });

  it.each([
    'ESTABLISHED',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'CLOSE-WAIT',
    'CLOSING',
    'LAST-ACK',
    'TIME-WAIT',
  ] as const)('%s: a keepalive is answered, by an ACK with a timestamp', (name) => {
    const peer = ALL_STATES[name]({ synOptions });
    const isBehindFin = name === 'CLOSE-WAIT' || name === 'CLOSING' || name === 'LAST-ACK';
    const rcvNxt = isBehindFin || name === 'TIME-WAIT' ? 2 : 1;
    peer.inject('ACK', { seq: rcvNxt - 1, ack: 1 });
    const [answer, ...more] = peer.sentSegments();
    expect(more).toEqual([]);
    expect(peer.text(answer!)).toMatch(new RegExp(`^ACK seq=\\d ack=${rcvNxt}$`));
    expect(answer!.options.timestamps?.echo).toBe(1001);
    expect(peer.state).toBe(name);
  });

  it('FIN-WAIT-2 after the application has closed: a keepalive is answered', () => {
    const peer = finWait2({ synOptions });
    peer.ask('close');
    peer.sent();
    peer.inject('ACK', { seq: 0, ack: 2 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
  });

  it('delivers its data, and does not change TS.Recent', () => {
    const peer = withTimestamps();
    peer.inject('PSH,ACK', { seq: 1, data: 10 });
    peer.inject('PSH,ACK', { seq: 11, data: 10 });
    expect(peer.toldKinds()).toEqual(['data', 'data']);
    expect(lastTimestamps(peer)?.echo).toBe(1001);
    // A timestamp before TS.Recent is still too old.
    peer.inject('PSH,ACK', stamped(peer, 1000, { seq: 21, data: 10 }));
    expect(peer.told()).toEqual([]);
    peer.inject('PSH,ACK', stamped(peer, 1001, { seq: 21, data: 10 }));
    expect(peer.toldKinds()).toEqual(['data']);
  });

  it('acknowledges data; a retransmission is not measured (Karn, RFC 6298 3)', () => {
    const peer = withTimestamps();
    peer.write(10);
    peer.advance(5000);
    peer.sent();
    const before = srttOf(peer);
    peer.inject('ACK', { seq: 1, ack: 11 });
    expect(srttOf(peer)).toBe(before);
    expect(peer.advance(60_000)).toEqual([]);
  });

  it('is checked by its sequence numbers all the same', () => {
    const peer = withTimestamps();
    peer.inject('PSH,ACK', { seq: 10_000_000, ack: 1, data: 10 });
    peer.inject('PSH,ACK', { seq: 1, ack: 5000, data: 10 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1', 'ACK seq=1 ack=1']);
    expect(peer.told()).toEqual([]);
    expect(peer.core.counters.PAWSEstab).toBe(0);
  });

  it('RST ends the connection', () => {
    const peer = withTimestamps();
    peer.inject('RST', { seq: 1 });
    expect(peer.state).toBe('CLOSED');
  });
});
