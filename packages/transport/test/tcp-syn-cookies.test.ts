import { listening, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import type { TcpOptions } from '@strata/wire';

const ALL: TcpOptions = {
  mss: 1400,
  windowScale: 9,
  sackPermitted: true,
  timestamps: { value: 5000, echo: 0 },
};

/** A listener whose SYN queue is full: it answers with SYN cookies. */
function flooded(options: TcpPeerOptions = {}): TcpPeer {
  const sysctl = { tcp_max_syn_backlog: 2, ...options.sysctl };
  const peer = listening({ ...options, sysctl }, options.sysctl?.somaxconn ?? 16);
  for (const from of [1, 2]) peer.inject('SYN', { seq: 0, from, options: { mss: 1460 } });
  peer.sent();
  return peer;
}

/** The peer's SYN, answered by a cookie. */
function cookieFor(peer: TcpPeer, synOptions: TcpOptions = { mss: 1460 }): TcpPeer {
  peer.inject('SYN', { seq: 0, options: synOptions });
  return peer;
}

function infoOf(peer: TcpPeer) {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}

function echoed(peer: TcpPeer, more = 0): TcpOptions {
  return { timestamps: { value: 5001, echo: peer.coreTimestamp + more } };
}

describe('SYN cookies (T9)', () => {
  it('answer a SYN that finds the SYN queue full, without a connection request', () => {
    const peer = flooded();
    const before = peer.core.sockets().length;
    cookieFor(peer);
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
    expect(peer.core.sockets()).toHaveLength(before);
    expect(peer.core.counters).toMatchObject({
      SyncookiesSent: 1,
      TCPReqQFullDoCookies: 1,
      TCPReqQFullDrop: 0,
      ListenDrops: 0,
    });
  });

  it('are not retransmitted', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.inject('RST', { seq: 1, from: 1 });
    peer.inject('RST', { seq: 1, from: 2 });
    expect(peer.advance(100_000)).toEqual([]);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('open the connection when the ACK returns them', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.toldKinds()).toEqual(['offer']);
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ SyncookiesRecv: 1, TcpPassiveOpens: 1 });
  });

  it('open it with data too, if the ACK was lost', () => {
    const peer = cookieFor(flooded());
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 'GET' });
    peer.accept();
    expect(peer.toldKinds()).toEqual(['offer', 'data']);
    peer.write(10);
    expect(peer.sent().at(-1)).toBe('PSH,ACK seq=1 ack=4 len=10');
  });

  it('accept ACK, data and FIN in one segment', () => {
    const peer = cookieFor(flooded());
    peer.inject('FIN,PSH,ACK', { seq: 1, ack: 1, data: 3 });
    peer.accept();
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.toldKinds()).toEqual(['offer', 'data', 'end']);
  });

  it('without timestamps offer and keep only the MSS', () => {
    const { mss, windowScale, sackPermitted } = ALL;
    const peer = cookieFor(flooded(), { mss, windowScale, sackPermitted });
    expect(peer.sentInFull()).toEqual(['SYN,ACK seq=0 ack=1 win=65535 <mss 1460>']);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(infoOf(peer)).toMatchObject({
      mssOctets: 1300,
      sack: false,
      windowScaling: false,
      timestamps: false,
    });
  });

  it('with timestamps keep SACK and window scaling too', () => {
    const peer = cookieFor(flooded(), ALL);
    expect(peer.sentInFull()[0]).toMatch(/<mss 1460,sackOK,ts,wscale \d+>$/);
    peer.inject('ACK', { seq: 1, ack: 1, win: 100, options: echoed(peer) });
    expect(infoOf(peer)).toMatchObject({
      mssOctets: 1300 - 12,
      sack: true,
      windowScaling: true,
      sendWindowShift: 9,
      sendWindowOctets: 100 * 512,
      timestamps: true,
      srttMs: -1,
    });
  });

  it('keep only what was offered', () => {
    const peer = cookieFor(flooded(), { mss: 1460, timestamps: { value: 5000, echo: 0 } });
    peer.inject('ACK', { seq: 1, ack: 1, options: echoed(peer) });
    expect(infoOf(peer)).toMatchObject({ sack: false, windowScaling: false, timestamps: true });
  });

  it('send timestamps that never go back', () => {
    const peer = cookieFor(flooded(), ALL);
    const first = peer.coreTimestamp;
    peer.advance(1);
    peer.inject('ACK', { seq: 1, ack: 1, options: echoed(peer) });
    peer.accept();
    peer.write(1);
    expect(peer.coreTimestamp).toBeGreaterThan(first);
  });

  it.each(['tcp_sack', 'tcp_window_scaling', 'tcp_timestamps'] as const)(
    'are refused if they hold an option that %s forbids',
    (knob) => {
      const peer = cookieFor(flooded(), ALL);
      const options = echoed(peer);
      peer.sent();
      peer.core.sysctl[knob] = 0;
      peer.inject('ACK', { seq: 1, ack: 1, options });
      expect(peer.sent()).toEqual(['RST seq=1']);
      expect(peer.core.counters.SyncookiesFailed).toBe(1);
    },
  );

  it('are checked in ACKs without a connection: a wrong one is answered by RST and counted', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 2 });
    peer.inject('ACK', { seq: 2, ack: 1 });
    expect(peer.sent()).toEqual(['RST seq=2', 'RST seq=1']);
    expect(peer.core.counters).toMatchObject({ SyncookiesFailed: 2, SyncookiesRecv: 0 });
    expect(peer.state).toBe('CLOSED');
  });

  it('are not accepted with SYN or RST', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.inject('SYN,ACK', { seq: 1, ack: 1 });
    peer.inject('RST,ACK', { seq: 1, ack: 1 });
    expect(peer.sent()).toEqual(['RST seq=1']);
    expect(peer.state).toBe('CLOSED');
  });

  it('are accepted only shortly after one was sent: otherwise guesses could open connections', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.advance(121_000);
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.sent().at(-1)).toBe('RST seq=1');
    // The cookie was not even checked.
    expect(peer.core.counters.SyncookiesFailed).toBe(0);
  });

  it('wait for the next segment if the accept queue is full', () => {
    const peer = flooded({ sysctl: { somaxconn: 1, tcp_max_syn_backlog: 1 } });
    peer.inject('SYN', { seq: 0, from: 3, options: { mss: 1460 } });
    const other = peer.sentSegments()[0]!.sequence;
    cookieFor(peer).inject('ACK', { seq: 1, ack: 1 });
    peer.sent();
    const data = { seq: 1, ack: (other + 1 - peer.coreIss) | 0, from: 3, data: 3 };
    peer.inject('PSH,ACK', data);
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ ListenOverflows: 1, ListenDrops: 1 });
    peer.accept();
    expect(peer.toldKinds()).toEqual(['offer']);
    peer.inject('PSH,ACK', data);
    expect(peer.toldKinds()).toEqual(['offer']);
  });

  it('are not sent if the accept queue is full: the SYN is dropped', () => {
    const peer = flooded({ sysctl: { somaxconn: 1, tcp_syncookies: 2 } });
    cookieFor(peer);
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.sent();
    peer.inject('SYN', { seq: 0, from: 3 });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters.ListenOverflows).toBe(1);
  });

  it('answer every SYN with tcp_syncookies 2', () => {
    const peer = listening({ sysctl: { tcp_syncookies: 2 } });
    cookieFor(peer, ALL);
    expect(peer.state).toBe('CLOSED');
    peer.inject('ACK', { seq: 1, ack: 1, options: echoed(peer) });
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('are neither sent nor accepted with tcp_syncookies 0', () => {
    const peer = cookieFor(flooded());
    peer.sent();
    peer.core.sysctl.tcp_syncookies = 0;
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.sent()).toEqual(['RST seq=1']);
    peer.inject('SYN', { seq: 0, from: 3 });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ TCPReqQFullDrop: 1, ListenDrops: 1 });
  });
});

describe('ECN in a cookie (RFC 3168 6.1.1, T13)', () => {
  const after = (synOptions: TcpOptions, tcp_ecn: number) => {
    const peer = flooded({ sysctl: { tcp_ecn }, show: { ecn: true } });
    peer.inject('SYN,ECE,CWR', { seq: 0, options: synOptions });
    const sent = peer.sent();
    const options = synOptions.timestamps === undefined ? {} : echoed(peer);
    peer.inject('ACK', { seq: 1, ack: 1, options });
    peer.accept();
    peer.write(1);
    return [...sent, ...peer.sent()];
  };

  it('is agreed if timestamps leave room for it: data is ECT', () => {
    expect(after(ALL, 2)).toEqual(['- SYN,ECE,ACK seq=0 ack=1', 'ECT0 PSH,ACK seq=1 ack=1 len=1']);
  });

  it('is not agreed without timestamps, nor if tcp_ecn forbids it', () => {
    const plain = ['- SYN,ACK seq=0 ack=1', '- PSH,ACK seq=1 ack=1 len=1'];
    expect(after({ mss: 1460 }, 2)).toEqual(plain);
    expect(after(ALL, 0)).toEqual(plain);
  });
});
