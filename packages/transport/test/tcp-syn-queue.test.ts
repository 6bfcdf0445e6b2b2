import { listening, synReceived, type TcpPeer } from '@strata/simulator';
import { seqDiff } from '../src/tcp/state/sequence.ts';

const SYN = { seq: 0, options: { mss: 1460 } };

function synFrom(peer: TcpPeer, from: number) {
  peer.inject('SYN', { ...SYN, from });
  return peer.sentSegments().find((segment) => segment.destinationPort === from);
}

/** A handshake from this port, up to the peer's ACK. */
function connectFrom(peer: TcpPeer, from: number): void {
  const synAck = synFrom(peer, from)!;
  peer.inject('ACK', { seq: 1, ack: seqDiff(synAck.sequence, peer.coreIss) + 1, from });
}

function halfOpen(peer: TcpPeer): number {
  return peer.core.sockets().filter((socket) => socket.state === 'SYN-RECEIVED').length;
}

function listenerOf(peer: TcpPeer): number {
  return peer.core.sockets().find((socket) => socket.state === 'LISTEN')!.socket;
}

describe('the SYN queue (T8)', () => {
  it('holds connections without a socket', () => {
    const info = synReceived()
      .core.sockets()
      .find((socket) => socket.state === 'SYN-RECEIVED')!;
    expect(info).toMatchObject({ socket: 0, endpoint: '', tcp: undefined });
  });

  it('retransmits the SYN,ACK after 1, 2, 4, 8 and 16 s, and drops the request at 63 s (tcp_synack_retries, T7)', () => {
    const peer = synReceived();
    const line = 'SYN,ACK seq=0 ack=1';
    const times = [1, 3, 7, 15, 31].map((seconds) => `${seconds * 1000} ${line}`);
    expect(peer.advance(62_999)).toEqual(times);
    expect(halfOpen(peer)).toBe(1);
    expect(peer.advance(1)).toEqual([]);
    expect(halfOpen(peer)).toBe(0);
    expect(peer.core.counters).toMatchObject({ TCPSynRetrans: 5, TcpRetransSegs: 5 });
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('answers a retransmitted SYN at once, and restarts the timer', () => {
    const peer = synReceived();
    peer.advance(900);
    peer.inject('SYN', SYN);
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
    expect(peer.advance(999)).toEqual([]);
    expect(peer.advance(1)).toEqual(['1 SYN,ACK seq=0 ack=1']);
  });

  it('answers retransmitted SYNs once in tcp_invalid_ratelimit', () => {
    const peer = synReceived();
    for (let i = 0; i < 5; i += 1) peer.inject('SYN', SYN);
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
    expect(peer.core.counters.TCPACKSkippedSynRecv).toBe(4);
  });

  it('answers segments outside the window by an ACK (RFC 9293 3.10.7.4)', () => {
    const peer = synReceived();
    peer.inject('ACK', { seq: 100_000, ack: 1 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('challenges a different SYN, and a RST that is not exact (RFC 5961 3.2, 4.2)', () => {
    const peer = synReceived();
    peer.inject('SYN', { seq: 10 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
    peer.advance(500);
    peer.inject('RST', { seq: 2 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.core.counters).toMatchObject({ TCPChallengeACK: 2, TCPSYNChallenge: 1 });
  });

  it('removes a connection for an exact RST, and counts it', () => {
    const peer = synReceived();
    peer.inject('RST', { seq: 1 });
    expect(halfOpen(peer)).toBe(0);
    expect(peer.core.counters).toMatchObject({ EmbryonicRsts: 1, TcpAttemptFails: 1 });
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('drops segments without ACK', () => {
    const peer = synReceived();
    peer.inject('PSH', { seq: 1, data: 10 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('answers an old timestamp by an ACK (PAWS, RFC 7323 5.3)', () => {
    const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
    const peer = synReceived({ synOptions });
    const timestamps = { value: 999, echo: peer.coreTimestamp };
    peer.inject('ACK', { seq: 1, ack: 1, options: { timestamps } });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.core.counters.PAWSEstab).toBe(1);
  });

  it.each([
    [-1, 'SYN-RECEIVED'],
    [0, 'ESTABLISHED'],
    [1000, 'ESTABLISHED'],
    [1001, 'SYN-RECEIVED'],
  ])(
    'takes an ACK that echoes our first timestamp and %i, where 1000 is the last, to %s',
    (more, state) => {
      const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
      const peer = synReceived({ synOptions });
      const first = peer.coreTimestamp;
      peer.advance(1000);
      const timestamps = { value: 1001, echo: first + more };
      peer.inject('ACK', { seq: 1, ack: 1, options: { timestamps } });
      expect(peer.state).toBe(state);
      expect(peer.core.counters.TSEcrRejected).toBe(state === 'ESTABLISHED' ? 0 : 1);
    },
  );

  it('ends the connection for an ICMP error that quotes the SYN,ACK, and for no other (RFC 5927 4.1)', () => {
    const peer = synReceived();
    peer.injectError(3, 1, { seq: 1 });
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.core.counters.OutOfWindowIcmps).toBe(1);
    peer.injectError(3, 4, { seq: 0, mtu: 600 });
    expect(peer.state).toBe('SYN-RECEIVED');
    peer.injectError(3, 1, { seq: 0 });
    expect(halfOpen(peer)).toBe(0);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('measures the round trip from the SYN,ACK, unless it was retransmitted (RFC 6298 3)', () => {
    const rttAfter = (...pauses: number[]) => {
      const peer = synReceived();
      for (const pause of pauses) peer.advance(pause);
      peer.inject('ACK', { seq: 1, ack: 1 });
      return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!.srttMs;
    };
    expect(rttAfter(70)).toBe(70);
    expect(rttAfter(1000, 70)).toBe(-1);
  });

  it('without cookies keeps the last quarter of tcp_max_syn_backlog for peers that connected before', () => {
    const sysctl = { tcp_syncookies: 0, tcp_max_syn_backlog: 8 };
    const stranger = listening({ sysctl });
    for (let from = 1; from <= 8; from += 1) synFrom(stranger, from);
    expect(halfOpen(stranger)).toBe(7);
    expect(stranger.core.counters).toMatchObject({ ListenDrops: 1, TCPReqQFullDrop: 0 });
    const known = listening({ sysctl });
    connectFrom(known, 99);
    for (let from = 1; from <= 9; from += 1) synFrom(known, from);
    expect(halfOpen(known)).toBe(8);
    expect(known.core.counters).toMatchObject({ ListenDrops: 1, TCPReqQFullDrop: 1 });
  });

  it('holds one connection more than the backlog', () => {
    const peer = listening({ sysctl: { tcp_syncookies: 0 } }, 4);
    for (let from = 1; from <= 9; from += 1) synFrom(peer, from);
    expect(halfOpen(peer)).toBe(5);
  });

  it('gives old connections up after two retransmissions until half of the queue is free', () => {
    const left = (connections: number) => {
      const peer = listening({}, 16);
      for (let from = 1; from <= connections; from += 1) synFrom(peer, from);
      peer.advance(6999);
      expect(halfOpen(peer)).toBe(connections);
      peer.advance(1);
      return halfOpen(peer);
    };
    expect(left(8)).toBe(8);
    expect(left(17)).toBe(8);
  });

  it('gives connections up later if more of them are new', () => {
    const agedLeft = (aged: number, young: number) => {
      const peer = listening({}, 16);
      for (let from = 1; from <= aged; from += 1) synFrom(peer, from);
      peer.advance(6900);
      for (let from = 101; from <= 100 + young; from += 1) synFrom(peer, from);
      peer.advance(100);
      const left = peer.core.sockets().filter((socket) => socket.state === 'SYN-RECEIVED');
      const isYoung = left.filter((socket) => socket.remote.port > 100);
      expect(isYoung).toHaveLength(young);
      return left.length - young;
    };
    expect(agedLeft(14, 1)).toBe(7);
    expect(agedLeft(9, 6)).toBe(9);
  });

  it('is dropped with its listener: later segments are answered by RST', () => {
    const peer = synReceived();
    peer.request({ kind: 'close', socket: listenerOf(peer) });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.sockets()).toEqual([]);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.sent()).toEqual(['RST seq=1']);
  });
});

describe('an accept queue that is full at the last ACK (T8)', () => {
  const overflowing = (tcp_abort_on_overflow: number) => {
    const peer = listening({ sysctl: { tcp_abort_on_overflow } }, 1);
    peer.inject('SYN', SYN);
    peer.sent();
    connectFrom(peer, 1);
    peer.inject('ACK', { seq: 1, ack: 1 });
    return peer;
  };
  const accept = (peer: TcpPeer) => {
    const offer = peer.told().find((told) => told.kind === 'offer')!;
    peer.request({ kind: 'accept', socket: offer.socket, endpoint: 'app', creditOctets: 1000 });
  };

  it('is counted as an overflow and as a drop', () => {
    const { counters } = overflowing(0).core;
    expect(counters).toMatchObject({ ListenOverflows: 1, ListenDrops: 1, EmbryonicRsts: 0 });
  });

  it('is tried again by the data of the peer', () => {
    const peer = overflowing(0);
    expect(peer.state).toBe('SYN-RECEIVED');
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 5 });
    expect(peer.state).toBe('SYN-RECEIVED');
    accept(peer);
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 5 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.accept();
    expect(peer.toldKinds()).toEqual(['offer', 'data']);
  });

  it('is tried again by the answer to the retransmitted SYN,ACK', () => {
    const peer = overflowing(0);
    accept(peer);
    expect(peer.advance(1000)).toEqual(['1000 SYN,ACK seq=0 ack=1']);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('resets the connection with tcp_abort_on_overflow', () => {
    const peer = overflowing(1);
    expect(peer.sent().at(-1)).toBe('RST seq=1');
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters).toMatchObject({ ListenOverflows: 1, EmbryonicRsts: 1 });
  });
});
