import { closed, listening } from '@strata/simulator';

describe('CLOSED (RFC 9293 3.10.7.1)', () => {
  it('drops a segment with RST', () => {
    const peer = closed();
    peer.inject('RST', { seq: 5 });
    peer.inject('RST,ACK', { seq: 5, ack: 7 });
    expect(peer.sent()).toEqual([]);
  });

  it.each([
    ['SYN', 0, 0, 1],
    ['-', 4, 10, 14],
    ['FIN', 4, 10, 15],
    ['SYN', 4, 10, 15],
  ])(
    'answers %s without ACK by a RST with sequence number 0 that acknowledges all of it',
    (flags, seq, data, ack) => {
      const peer = closed();
      peer.inject(flags, { seq, data });
      expect(peer.sent()).toEqual([`RST,ACK seq=0 ack=${ack}`]);
    },
  );

  it.each(['ACK', 'SYN,ACK', 'FIN,ACK', 'PSH,ACK'])(
    'answers %s by a RST with SEG.SEQ = SEG.ACK',
    (flags) => {
      const peer = closed();
      peer.inject(flags, { seq: 5, ack: 77, data: 3 });
      expect(peer.sent()).toEqual(['RST seq=77']);
    },
  );

  it('answers with a window of 0 and no options', () => {
    const peer = closed();
    peer.inject('SYN', { seq: 0, options: { mss: 1460, sackPermitted: true, windowScale: 7 } });
    expect(peer.sentInFull()).toEqual(['RST,ACK seq=0 ack=1 win=0']);
  });

  it('drops a segment with a wrong checksum and counts it (MUST-3)', () => {
    const peer = closed();
    const segment = peer.make('SYN', { seq: 0 });
    segment[17]! ^= 1;
    peer.injectRaw(segment);
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ TcpInErrs: 1, TcpInCsumErrors: 1 });
  });

  it('accepts a checksum that a lower layer has verified', () => {
    const peer = closed();
    const segment = peer.make('SYN', { seq: 0 });
    segment[17]! ^= 1;
    peer.injectRaw(segment, { checksum: 'verified' });
    expect(peer.sent()).toEqual(['RST,ACK seq=0 ack=1']);
  });

  it.each([
    ['shorter than a header', (segment: Uint8Array) => segment.subarray(0, 19)],
    ['with a data offset below 5', (segment: Uint8Array) => segment.fill(0x40, 12, 13)],
    ['with a data offset beyond its end', (segment: Uint8Array) => segment.fill(0xf0, 12, 13)],
  ])('drops a segment %s and counts it', (_, spoil) => {
    const peer = closed();
    peer.injectRaw(spoil(peer.make('SYN', { seq: 0 })));
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters.TcpInErrs).toBe(1);
  });

  it.each(['broadcast', 'multicast'] as const)('is silent after a segment sent by %s', (cast) => {
    const peer = closed();
    peer.injectRaw(peer.make('SYN', { seq: 0 }), { cast });
    expect(peer.sent()).toEqual([]);
  });
});

describe('LISTEN (RFC 9293 3.10.7.2)', () => {
  it('first ignores RST', () => {
    const peer = listening();
    peer.inject('RST', { seq: 0 });
    peer.inject('RST,SYN', { seq: 0 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('CLOSED');
  });

  it.each(['ACK', 'SYN,ACK', 'FIN,ACK'])('second answers %s by RST with SEG.ACK', (flags) => {
    const peer = listening();
    peer.inject(flags, { seq: 3, ack: 9 });
    expect(peer.sent()).toEqual(['RST seq=9']);
  });

  it('third answers SYN by SYN,ACK and enters SYN-RECEIVED', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0 });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.told()).toEqual([]);
  });

  it.each(['-', 'FIN', 'PSH', 'URG'])('fourth drops anything else: %s', (flags) => {
    const peer = listening();
    peer.inject(flags, { seq: 3, data: 10 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('CLOSED');
  });

  it.each(['broadcast', 'multicast'] as const)(
    'accepts no SYN sent by %s (3.9.2.3, MUST-57)',
    (cast) => {
      const peer = listening();
      peer.injectRaw(peer.make('SYN', { seq: 0 }), { cast });
      expect(peer.sent()).toEqual([]);
      expect(peer.state).toBe('CLOSED');
    },
  );

  it('keeps listening: each SYN from another port makes its own connection (T4)', () => {
    const peer = listening();
    for (const from of [1, 2, 3]) peer.inject('SYN', { seq: 0, from });
    const ports = peer.core
      .sockets()
      .filter((socket) => socket.state === 'SYN-RECEIVED')
      .map((socket) => socket.remote.port);
    expect(ports.sort()).toEqual([1, 2, 3]);
  });

  it('answers other ports by RST', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0, to: 81 });
    expect(peer.sent()).toEqual(['RST,ACK seq=0 ack=1']);
  });

  it('ends by close: the application is told once, later SYNs are answered by RST', () => {
    const peer = listening();
    const socket = peer.core.sockets()[0]!.socket;
    peer.request({ kind: 'close', socket });
    peer.request({ kind: 'close', socket });
    expect(peer.toldKinds()).toEqual(['closed: finished']);
    peer.inject('SYN', { seq: 0 });
    expect(peer.sent()).toEqual(['RST,ACK seq=0 ack=1']);
  });
});
