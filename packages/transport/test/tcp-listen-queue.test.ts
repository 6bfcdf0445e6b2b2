import { listening, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

/** Handshakes from these ports, up to the peer's ACK. */
function connectFrom(peer: TcpPeer, ...ports: number[]): void {
  for (const from of ports) {
    peer.inject('SYN', { seq: 0, from, options: { mss: 1460 } });
    const synAck = peer.sentSegments().find((segment) => segment.destinationPort === from);
    if (synAck === undefined) continue;
    const ack = (synAck.sequence + 1 - peer.coreIss) | 0;
    peer.inject('ACK', { seq: 1, ack, from });
  }
}

function offersOf(peer: TcpPeer) {
  return peer.told().filter((told) => told.kind === 'offer');
}

function statesOf(peer: TcpPeer): string[] {
  return peer.core
    .sockets()
    .map((socket) => socket.state)
    .filter((state) => state !== 'LISTEN');
}

describe('the accept queue (T8)', () => {
  it('offers connections in the order in which they were established', () => {
    const peer = listening();
    connectFrom(peer, 1, 2, 3);
    const ports = offersOf(peer).map((told) => (told.kind === 'offer' ? told.remote.port : 0));
    expect(ports).toEqual([1, 2, 3]);
  });

  it('holds as many connections as the backlog; a further SYN is dropped and counted', () => {
    const peer = listening({}, 2);
    connectFrom(peer, 1, 2, 3);
    expect(offersOf(peer)).toHaveLength(2);
    expect(statesOf(peer)).toEqual(['ESTABLISHED', 'ESTABLISHED']);
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ ListenOverflows: 1, ListenDrops: 1 });
  });

  it('holds at most somaxconn', () => {
    const peer = listening({ sysctl: { somaxconn: 1 } }, 1000);
    connectFrom(peer, 1, 2);
    expect(offersOf(peer)).toHaveLength(1);
  });

  it('has room again after one is accepted', () => {
    const peer = listening({}, 1);
    connectFrom(peer, 1);
    const [offer] = offersOf(peer);
    connectFrom(peer, 2);
    expect(offersOf(peer)).toHaveLength(0);
    const creditOctets = 1000;
    peer.request({ kind: 'accept', socket: offer!.socket, endpoint: 'app', creditOctets });
    connectFrom(peer, 2);
    expect(offersOf(peer)).toHaveLength(1);
  });

  it('has room again after a waiting one is reset', () => {
    const peer = listening({}, 1);
    connectFrom(peer, 1);
    peer.inject('RST', { seq: 1, from: 1 });
    expect(statesOf(peer)).toEqual([]);
    connectFrom(peer, 2);
    expect(offersOf(peer)).toHaveLength(2);
  });

  describe('an accept queue that is full at the last ACK of a handshake', () => {
    const overflowing = (options: TcpPeerOptions = {}) => {
      const peer = listening(options, 1);
      peer.inject('SYN', { seq: 0, from: 1, options: { mss: 1460 } });
      const first = peer.sentSegments()[0]!;
      peer.inject('SYN', { seq: 0, from: 2, options: { mss: 1460 } });
      const second = peer.sentSegments()[0]!;
      const ackOf = (synAck: typeof first) => (synAck.sequence + 1 - peer.coreIss) | 0;
      peer.inject('ACK', { seq: 1, ack: ackOf(first), from: 1 });
      peer.inject('ACK', { seq: 1, ack: ackOf(second), from: 2 });
      return { peer, ack: ackOf(second) };
    };

    it('drops the ACK, and the SYN,ACK is retransmitted (tcp_abort_on_overflow 0)', () => {
      const { peer, ack } = overflowing();
      expect(statesOf(peer).sort()).toEqual(['ESTABLISHED', 'SYN-RECEIVED']);
      expect(peer.core.counters.ListenOverflows).toBe(1);
      const [offer] = offersOf(peer);
      expect(peer.advance(1000).join()).toMatch(/SYN,ACK/);
      const creditOctets = 1000;
      peer.request({ kind: 'accept', socket: offer!.socket, endpoint: 'app', creditOctets });
      peer.inject('ACK', { seq: 1, ack, from: 2 });
      expect(offersOf(peer)).toHaveLength(1);
    });

    it('answers with RST with tcp_abort_on_overflow 1', () => {
      const { peer } = overflowing({ sysctl: { tcp_abort_on_overflow: 1 } });
      expect(statesOf(peer)).toEqual(['ESTABLISHED']);
      expect(peer.sent().join()).toMatch(/^RST/);
    });
  });
});

describe('the SYN queue (T8)', () => {
  it('holds tcp_max_syn_backlog connections; without SYN cookies a further SYN is dropped and counted', () => {
    const peer = listening({ sysctl: { tcp_max_syn_backlog: 3, tcp_syncookies: 0 } });
    for (let from = 1; from <= 5; from += 1) {
      peer.inject('SYN', { seq: 0, from, options: { mss: 1460 } });
    }
    expect(statesOf(peer)).toEqual(['SYN-RECEIVED', 'SYN-RECEIVED', 'SYN-RECEIVED']);
    expect(peer.core.counters.TCPReqQFullDrop).toBe(2);
    // Unanswered connections make room when they are given up.
    peer.advance(64_000);
    peer.sent();
    peer.inject('SYN', { seq: 0, from: 9, options: { mss: 1460 } });
    expect(statesOf(peer)).toEqual(['SYN-RECEIVED']);
  });

  it('does not count established connections', () => {
    const peer = listening({ sysctl: { tcp_max_syn_backlog: 1 } });
    connectFrom(peer, 1, 2, 3);
    expect(offersOf(peer)).toHaveLength(3);
  });
});

describe('a listener that is closed', () => {
  it('resets the connections in its queue; accepted connections stay', () => {
    const peer = listening();
    connectFrom(peer, 1, 2);
    const [first, second] = offersOf(peer);
    const creditOctets = 1000;
    peer.request({ kind: 'accept', socket: first!.socket, endpoint: 'app', creditOctets });
    peer.sent();
    const listener = first!.kind === 'offer' ? first!.listener : 0;
    peer.request({ kind: 'close', socket: listener });
    expect(peer.sent().join()).toMatch(/^RST/);
    expect(peer.core.sockets().map((socket) => socket.socket)).toEqual([first!.socket]);
    const closed = peer.told().filter((told) => told.kind === 'closed');
    expect(closed.map((told) => told.socket).sort()).toEqual([listener, second!.socket].sort());
  });
});

describe('a connection that was shut down, ended and closed before it was accepted', () => {
  it('leaves the accept queue', () => {
    const peer = listening();
    connectFrom(peer, 40_000);
    const { socket } = offersOf(peer)[0]!;
    peer.inject('FIN,ACK', { seq: 1, ack: 1 });
    peer.request({ kind: 'shutdown', socket });
    peer.inject('ACK', { seq: 2, ack: 2 });
    peer.request({ kind: 'close', socket });
    expect(peer.toldKinds()).toEqual(['closed: aborted']);
    expect(peer.core.sockets().map((one) => one.receiveQueueOctets)).toEqual([0]);
  });
});
