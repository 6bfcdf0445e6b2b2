import { finWait1, type TcpPeer, type TcpPeerOptions, timeWait } from '@strata/simulator';
import { seqDiff } from '../src/tcp/state/sequence.ts';

const SECOND_MS = 1000;
const TIMESTAMPS = { mss: 1460, timestamps: { value: 5000, echo: 0 } };

/** TIME-WAIT with timestamps: TS.Recent is 5001. */
function withTimestamps(options: TcpPeerOptions = {}): TcpPeer {
  return timeWait({ synOptions: TIMESTAMPS, ...options });
}

function stamped(peer: TcpPeer, value: number) {
  return { timestamps: { value, echo: peer.coreTimestamp } };
}

describe('TIME-WAIT (RFC 9293 3.10.7.4, T17)', () => {
  it('ends after 2 MSL and is counted', () => {
    const peer = timeWait();
    peer.advance(60 * SECOND_MS);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TW).toBe(1);
  });

  it('restarts with each retransmitted FIN, and is counted once', () => {
    const peer = timeWait();
    for (let i = 0; i < 3; i += 1) {
      expect(peer.advance(59 * SECOND_MS)).toEqual([]);
      peer.inject('FIN,ACK', { seq: 1, ack: 2 });
      expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    }
    peer.advance(60 * SECOND_MS);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TW).toBe(1);
  });

  it('is not restarted by a FIN with an old timestamp (RFC 7323 5.3)', () => {
    const peer = withTimestamps();
    peer.advance(30 * SECOND_MS);
    peer.inject('FIN,ACK', { seq: 1, ack: 2, options: stamped(peer, 4000) });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    peer.advance(30 * SECOND_MS);
    expect(peer.state).toBe('CLOSED');
  });

  it('is ended by an exact RST, which does not count as the end of the wait (RFC 1337)', () => {
    const peer = timeWait();
    peer.inject('RST', { seq: 2 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TW).toBe(0);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it.each([1, 3, 100])('is not ended by a RST with SEG.SEQ = %i, where RCV.NXT is 2', (seq) => {
    const peer = timeWait();
    peer.inject('RST', { seq });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.sent()).toEqual([]);
  });

  it('answers segments without data once in tcp_invalid_ratelimit, others always', () => {
    const peer = timeWait();
    for (let i = 0; i < 4; i += 1) peer.inject('ACK', { seq: 1, ack: 2 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    expect(peer.core.counters.TCPACKSkippedTimeWait).toBe(3);
    for (let i = 0; i < 4; i += 1) peer.inject('PSH,ACK', { seq: 1, ack: 2, data: 1 });
    expect(peer.sent()).toHaveLength(4);
    peer.advance(500);
    peer.inject('ACK', { seq: 1, ack: 2 });
    expect(peer.sent()).toHaveLength(1);
  });

  it("keeps the socket's TTL and TOS, and its window and timestamps", () => {
    const socketOptions = { ttl: 9, tos: 0x20 };
    const peer = withTimestamps({ socketOptions });
    let packet: unknown;
    peer.core.handleIndication(indicationOf(peer, 'PSH,ACK'), peer.nowMs);
    for (let one = peer.core.pollNetworkRequest(); one; one = peer.core.pollNetworkRequest()) {
      packet = one;
    }
    expect(packet).toMatchObject({ ttl: 9, tos: 0x20 });
  });

  describe('a new SYN (RFC 9293 3.6.1, MAY-2; RFC 6191 2)', () => {
    it('starts beyond all data that the old connection has sent', () => {
      const peer = timeWait();
      const before = peer.coreIss;
      peer.inject('SYN', { seq: 100_000, options: { mss: 1460 } });
      expect(peer.state).toBe('SYN-RECEIVED');
      expect(seqDiff(peer.coreIss, before)).toBeGreaterThan(0xffff);
    });

    it('is accepted with a lower sequence number if its timestamp is later', () => {
      const peer = withTimestamps();
      peer.inject('SYN', { seq: -5, options: { mss: 1460, ...stamped(peer, 6000) } });
      expect(peer.state).toBe('SYN-RECEIVED');
    });

    it('is answered by an ACK with a higher sequence number if its timestamp is older', () => {
      const peer = withTimestamps();
      peer.inject('SYN', { seq: 100_000, options: { mss: 1460, ...stamped(peer, 4000) } });
      expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
      expect(peer.state).toBe('TIME-WAIT');
    });

    it('is answered by an ACK if the listener is gone', () => {
      const peer = timeWait();
      const { socket } = peer.core.sockets().find((one) => one.state === 'LISTEN')!;
      peer.request({ kind: 'close', socket });
      peer.inject('SYN', { seq: 100_000 });
      expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
      expect(peer.state).toBe('TIME-WAIT');
    });

    it('gets no cookie even if the SYN queue is full', () => {
      const peer = timeWait({ sysctl: { tcp_max_syn_backlog: 1 } });
      peer.inject('SYN', { seq: 0, from: 9 });
      peer.inject('SYN', { seq: 100_000, options: { mss: 1460 } });
      expect(peer.state).toBe('SYN-RECEIVED');
      expect(peer.core.counters.SyncookiesSent).toBe(0);
    });
  });
});

function indicationOf(peer: TcpPeer, flags: string) {
  const source = peer.core.sockets().find((one) => one.state === 'TIME-WAIT')!;
  return {
    kind: 'segment',
    source: source.remote.address,
    destination: source.local.address,
    protocol: 6,
    ttl: 64,
    tos: 0,
    interfaceIndex: 1,
    cast: 'unicast',
    header: new Uint8Array(20),
    segment: peer.make(flags, { seq: 1, ack: 2, data: 1, options: stamped(peer, 5001) }),
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  } as const;
}

describe('FIN-WAIT-2 after the application has closed (RFC 9293 3.6.1, tcp_fin_timeout, T17)', () => {
  const orphan = (options: TcpPeerOptions = {}) => {
    const peer = finWait1(options);
    peer.ask('close');
    const synOptions = options.synOptions;
    const stamp = synOptions === undefined ? {} : stamped(peer, 5001);
    peer.inject('ACK', { seq: 1, ack: 2, options: stamp });
    peer.sent();
    return peer;
  };

  it('keeps no socket: the application has been told that it is closed', () => {
    const peer = orphan();
    expect(peer.toldKinds()).toEqual(['closed: finished']);
    const info = peer.core.sockets().find((one) => one.state === 'FIN-WAIT-2')!;
    expect(info).toMatchObject({ socket: 0, tcp: undefined });
  });

  it('lasts tcp_fin_timeout', () => {
    const peer = orphan();
    expect(peer.advance(60 * SECOND_MS - 1)).toEqual([]);
    expect(peer.state).toBe('FIN-WAIT-2');
    expect(peer.advance(1)).toEqual([]);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('lasts at least 3.5 retransmission timeouts', () => {
    const peer = orphan({ sysctl: { tcp_fin_timeout: 1, tcp_rto_min_us: 1_000_000 } });
    peer.advance(3499);
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.advance(1);
    expect(peer.state).toBe('CLOSED');
  });

  it('becomes TIME-WAIT for 2 MSL when the FIN arrives', () => {
    const peer = orphan({ sysctl: { tcp_fin_timeout: 10, tcp_timewait_len: 30_000 } });
    peer.advance(9000);
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    expect(peer.state).toBe('TIME-WAIT');
    peer.advance(29_999);
    expect(peer.state).toBe('TIME-WAIT');
    peer.advance(1);
    expect(peer.state).toBe('CLOSED');
  });

  it('becomes TIME-WAIT also if that ends before the FIN timeout would', () => {
    const peer = orphan({ sysctl: { tcp_timewait_len: 1000 } });
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    peer.advance(1000);
    expect(peer.state).toBe('CLOSED');
  });

  it.each([
    ['data', 'PSH,ACK', { seq: 1, data: 5 }],
    ['data and FIN', 'FIN,ACK', { seq: 1, data: 5 }],
    ['data beyond a hole', 'PSH,ACK', { seq: 100, data: 5 }],
    ['FIN beyond a hole', 'FIN,ACK', { seq: 100 }],
  ])('answers %s by RST (RFC 1122 4.2.2.13)', (_, flags, made) => {
    const peer = orphan();
    peer.inject(flags, { ack: 2, ...made });
    expect(peer.sent()).toEqual(['RST seq=2']);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPAbortOnData).toBe(1);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('is ended by an exact RST; any other RST in the window is challenged (RFC 5961 3.2)', () => {
    const peer = orphan();
    peer.inject('RST', { seq: 5 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
    peer.inject('RST', { seq: 10_000_000 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.inject('RST', { seq: 1 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPChallengeACK).toBe(1);
  });

  it('challenges a SYN in the window (RFC 5961 4.2)', () => {
    const peer = orphan();
    peer.inject('SYN', { seq: 5 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('accepts no data that acknowledges unsent data (RFC 5961 5.2)', () => {
    const peer = orphan();
    peer.inject('PSH,ACK', { seq: 1, ack: 3, data: 5 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('answers segments outside the window by an ACK, at a limited rate', () => {
    const peer = orphan();
    for (let i = 0; i < 3; i += 1) peer.inject('ACK', { seq: 10_000_000, ack: 2 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
    expect(peer.core.counters.TCPACKSkippedFinWait2).toBe(2);
  });

  it('answers an old timestamp by an ACK (RFC 7323 5.3)', () => {
    const peer = orphan({ synOptions: TIMESTAMPS });
    peer.inject('PSH,ACK', { seq: 1, ack: 2, data: 5, options: stamped(peer, 4000) });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=1']);
    expect(peer.state).toBe('FIN-WAIT-2');
    expect(peer.core.counters.PAWSEstab).toBe(1);
  });

  it('does not answer pure ACKs and segments without ACK', () => {
    const peer = orphan();
    peer.inject('ACK', { seq: 1, ack: 2 });
    peer.inject('PSH', { seq: 1, data: 3 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('counts towards tcp_max_tw_buckets', () => {
    const peer = orphan({ sysctl: { tcp_max_tw_buckets: 0 } });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPTimeWaitOverflow).toBe(1);
  });
});
