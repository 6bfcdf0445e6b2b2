import {
  established,
  establishedByConnect,
  listening,
  synSent,
  type TcpPeer,
} from '@strata/simulator';

describe('the maximum segment size (RFC 9293 3.7.1, T20)', () => {
  const firstSegment = (peer: TcpPeer) => {
    peer.write(20_000);
    return peer.sentSegments()[0]!.payload.byteLength;
  };

  it('is 536 if the peer announces none (MUST-15)', () => {
    const options = { synOptions: {}, maxPduOctets: 1 };
    expect(firstSegment(established(options))).toBe(536);
    expect(firstSegment(establishedByConnect(options))).toBe(536);
  });

  it.each([
    [1460, 1460],
    [1000, 1000],
    [9000, 1460],
  ])('is the %i of the peer, or what the MTU of 1,500 allows: %i', (mss, octets) => {
    expect(firstSegment(established({ synOptions: { mss }, maxPduOctets: 1 }))).toBe(octets);
  });

  it('leaves room for timestamps (RFC 6691 2)', () => {
    const synOptions = { mss: 1460, timestamps: { value: 1, echo: 0 } };
    expect(firstSegment(established({ synOptions, maxPduOctets: 1 }))).toBe(1448);
  });

  it('of a super-segment is its segment size, and its data a multiple of it', () => {
    const peer = established({ maxPduOctets: 60_000 });
    peer.write(14_600);
    const lengths = peer.sentSegments().map((segment) => segment.payload.byteLength);
    expect(lengths[0]! % 1460).toBe(0);
    expect(lengths[0]).toBeGreaterThan(1460);
  });

  it('falls for an ICMP fragmentation needed (RFC 1191), and data in flight is retransmitted', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(5000);
    peer.sent();
    peer.injectError(3, 4, { mtu: 1000, seq: 1 });
    const lengths = peer.sentSegments().map((segment) => segment.payload.byteLength);
    expect(lengths.length).toBeGreaterThan(0);
    expect(Math.max(...lengths)).toBe(960);
  });

  it('does not fall below min_pmtu', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(5000);
    peer.sent();
    peer.injectError(3, 4, { mtu: 68, seq: 1 });
    const lengths = peer.sentSegments().map((segment) => segment.payload.byteLength);
    expect(Math.max(...lengths)).toBe(512);
  });
});

describe('window scaling (RFC 7323 2)', () => {
  it('is accepted only if the SYN offers it', () => {
    const without = listening();
    without.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(without.sentInFull()[0]).not.toContain('wscale');
    const withScale = listening();
    withScale.inject('SYN', { seq: 0, options: { mss: 1460, windowScale: 3 } });
    expect(withScale.sentInFull()[0]).toMatch(/wscale \d+/);
  });

  it('is not applied to the window of a SYN', () => {
    const peer = synSent();
    peer.inject('SYN,ACK', { seq: 0, ack: 1, win: 2000, options: { mss: 1460, windowScale: 7 } });
    peer.sent();
    peer.write(20_000);
    const octets = peer
      .sentSegments()
      .reduce((sum, segment) => sum + segment.payload.byteLength, 0);
    expect(octets).toBeLessThanOrEqual(2000);
  });

  it('of ours is not applied to the window of SYN and SYN,ACK', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0, options: { mss: 1460, windowScale: 3 } });
    expect(peer.sentInFull()[0]).toMatch(/^SYN,ACK seq=0 ack=1 win=65535 <.*wscale [1-9]/);
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    peer.inject('PSH,ACK', { seq: 1, data: 10 });
    const [, win] = /win=(\d+)/.exec(peer.sentInFull()[0]!)!;
    expect(Number(win)).toBeLessThan(10_000);
  });

  it.each([
    [3, 1000, 8000],
    [14, 1, 16_384],
    [15, 1, 16_384],
    [0, 4000, 4000],
  ])('shift %i makes %i octets %i', (windowScale, win, octets) => {
    const peer = established({ synOptions: { mss: 1460, windowScale } });
    peer.inject('ACK', { seq: 1, ack: 1, win });
    const info = peer.core.sockets().find((socket) => socket.state === 'ESTABLISHED')?.tcp;
    expect(info?.sendWindowOctets).toBe(octets);
  });
});

describe('the send window (RFC 9293 3.8.6, T10)', () => {
  it('is never exceeded', () => {
    const peer = established({ synWindow: 3000 });
    peer.write(20_000);
    const last = peer.sentSegments().at(-1)!;
    expect(last.sequence + last.payload.byteLength - peer.coreIss - 1).toBeLessThanOrEqual(3000);
  });

  it('moves with acknowledgments', () => {
    const peer = established({ synWindow: 2920, maxPduOctets: 1 });
    peer.write(10_000);
    expect(peer.sent()).toHaveLength(2);
    peer.inject('ACK', { seq: 1, ack: 1461, win: 2920 });
    expect(peer.sent()).toEqual(['ACK seq=2921 ack=1 len=1460']);
    peer.inject('ACK', { seq: 1, ack: 2921, win: 1460 });
    expect(peer.sent()).toEqual([]);
  });

  it('is not taken from an older segment (SND.WL1, SND.WL2)', () => {
    const peer = established();
    peer.inject('PSH,ACK', { seq: 1, ack: 1, win: 5000, data: 10 });
    peer.inject('ACK', { seq: 1, ack: 1, win: 100 });
    const info = peer.core.sockets().find((socket) => socket.state === 'ESTABLISHED')?.tcp;
    expect(info?.sendWindowOctets).toBe(5000);
  });
});

describe('the closed window (RFC 9293 3.8.6.1, T11)', () => {
  const shut = () => {
    const peer = established();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(5000);
    expect(peer.sent()).toEqual([]);
    return peer;
  };

  it('is probed, after the RTO first, then at growing intervals (MUST-36)', () => {
    const peer = shut();
    const { rtoMs } = peer.core.sockets().find(({ state }) => state === 'ESTABLISHED')!.tcp!;
    const at = peer.advance(60_000).map((line) => Number(line.split(' ')[0]));
    expect(at).toEqual([1, 3, 7, 15, 31, 63, 127, 255].map((n) => n * rtoMs));
  });

  it('is probed by an octet of data or less', () => {
    const [line] = shut().advance(2000);
    expect(line).toMatch(/ACK seq=(1|0) ack=1( len=1)?$/);
  });

  it('is probed for ever if the peer answers (MUST-37)', () => {
    const peer = shut();
    for (let i = 0; i < 100; i += 1) {
      const lines = peer.advance(120_000);
      if (i > 0) expect(lines.length).toBeGreaterThan(0);
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    }
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.told()).not.toContainEqual(expect.objectContaining({ kind: 'closed' }));
  });

  it('is given up if nobody answers', () => {
    const peer = shut();
    peer.advance(3_600_000);
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds().at(-1)).toBe('closed: timed out');
  });

  it('opens: waiting data is sent at once', () => {
    const peer = shut();
    peer.advance(5000);
    peer.inject('ACK', { seq: 1, ack: 1, win: 65_535 });
    const sent = peer.sentSegments();
    expect((sent[0]!.sequence - peer.coreIss) | 0).toBe(1);
    // The probe octet is a small segment in flight, so Nagle's algorithm holds the small rest back.
    const octets = sent.reduce((sum, segment) => sum + segment.payload.byteLength, 0);
    expect(octets).toBeGreaterThanOrEqual(3 * 1460);
    peer.inject('ACK', { seq: 1 });
    peer.inject('ACK', { seq: 1, ack: 5001 });
    peer.sent();
    expect(peer.advance(100_000)).toEqual([]);
  });

  it('of ours stays closed while the application takes nothing, and opens with a window update', () => {
    const socketOptions = { receiveBufferOctets: 5840 };
    const peer = established({ socketOptions, creditOctets: 0, show: { window: true } });
    for (let i = 0; i < 4; i += 1) peer.inject('ACK', { data: 1460 });
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=5841 win=0');
    peer.inject('ACK', { seq: 5841, data: 1 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=5841 win=0']);
    peer.credit(5840);
    expect(peer.sent()).toEqual(['ACK seq=1 ack=5841 win=5840']);
  });

  it('of ours still accepts ACK and RST (3.10.7.4)', () => {
    const socketOptions = { receiveBufferOctets: 2304 };
    const peer = established({ socketOptions, creditOctets: 0 });
    peer.write(10);
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 1, data: 2304 });
    peer.inject('ACK', { seq: 2305, ack: 11, data: 1 });
    expect(peer.advance(10_000).filter((line) => line.includes('seq=1 '))).toEqual([]);
    peer.inject('RST', { seq: 2305 });
    expect(peer.state).toBe('CLOSED');
  });
});

describe('the edge of the window', () => {
  const EDGE = 1 + 65_535;

  it('is the SEG.SEQ of ACKs of a peer that has filled the window behind a hole: they are accepted', () => {
    const peer = established();
    peer.write(100);
    peer.sent();
    peer.inject('ACK', { seq: EDGE, ack: 101 });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.sockets().find(({ tcp }) => tcp)!.tcp!.acknowledgedOctets).toBe(100);
  });

  it.each([
    ['an ACK beyond it', 'ACK', EDGE + 1, ['ACK seq=101 ack=1']],
    ['RST at it', 'RST', EDGE, []],
  ])('%s is not accepted there', (_, flags, seq, answer) => {
    const peer = established();
    peer.write(100);
    peer.sent();
    peer.inject(flags, { seq, ack: 101 });
    expect(peer.sent()).toEqual(answer);
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.core.sockets().find(({ tcp }) => tcp)!.tcp!.acknowledgedOctets).toBe(0);
  });
});

describe('silly windows (RFC 9293 3.8.6.2, MUST-38, MUST-39)', () => {
  it('the receiver does not open the window by less than a segment or half the buffer', () => {
    const socketOptions = { receiveBufferOctets: 14_600 };
    const peer = established({ socketOptions, creditOctets: 0, show: { window: true } });
    for (let i = 0; i < 10; i += 1) peer.inject('ACK', { data: 1460 });
    peer.sent();
    peer.credit(1000);
    peer.advance(1000);
    peer.inject('ACK', { seq: 14_601, data: 1 });
    expect(peer.sent().at(-1)).toContain('win=0');
    peer.credit(14_600);
    expect(peer.sent().at(-1)).toMatch(/win=(13600|14600)$/);
  });

  it('the right edge of the window never moves left (SHLD-14)', () => {
    const peer = established({ creditOctets: 0, show: { window: true } });
    const edges: number[] = [];
    let shut = false;
    for (let i = 0; !shut; i += 1) {
      peer.inject('PSH,ACK', { data: 1000 + i });
      for (const line of peer.advance(100)) {
        const [, ack, win] = /ack=(\d+) win=(\d+)/.exec(line)!;
        edges.push(Number(ack) + Number(win));
        shut = win === '0';
      }
    }
    expect(edges.length).toBeGreaterThan(50);
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
  });

  it('the sender does not fill a small opening with a small segment', () => {
    const peer = established({ synWindow: 5840, maxPduOctets: 1 });
    peer.write(20_000);
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 1461, win: 4380 + 100 });
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { seq: 1, ack: 2921, win: 2920 + 1460 });
    expect(peer.sent()).toEqual(['ACK seq=5841 ack=1 len=1460']);
  });

  it('the sender fills half of the largest window that it has seen', () => {
    const peer = established({ synWindow: 1000, maxPduOctets: 1 });
    peer.write(5000);
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1000']);
    peer.inject('ACK', { seq: 1, ack: 1001, win: 500 });
    expect(peer.sent()).toEqual(['ACK seq=1001 ack=1 len=500']);
  });
});

describe("Nagle's algorithm (RFC 9293 3.7.4, T14)", () => {
  it('holds a small segment back while another is in flight', () => {
    const peer = established();
    peer.write(10);
    peer.write(20);
    peer.write(30);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=10']);
    peer.inject('ACK', { seq: 1, ack: 11 });
    expect(peer.sent()).toEqual(['PSH,ACK seq=11 ack=1 len=50']);
  });

  it('lets full segments be sent', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(10);
    peer.write(3000);
    expect(peer.sent()).toEqual([
      'PSH,ACK seq=1 ack=1 len=10',
      'ACK seq=11 ack=1 len=1460',
      'ACK seq=1471 ack=1 len=1460',
    ]);
  });

  it('is off by noDelay (MUST-17)', () => {
    const peer = established({ socketOptions: { noDelay: true } });
    peer.write(10);
    peer.write(20);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=10', 'PSH,ACK seq=11 ack=1 len=20']);
  });

  it('is off as soon as noDelay is set', () => {
    const peer = established();
    peer.write(10);
    peer.write(20);
    peer.sent();
    peer.request({ kind: 'set-options', socket: peer.socket, options: { noDelay: true } });
    expect(peer.sent()).toEqual(['PSH,ACK seq=11 ack=1 len=20']);
  });
});

describe('PSH (RFC 9293 3.9.1.2)', () => {
  it('is only on the last segment of a write (MUST-60, MUST-61)', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(4000);
    expect(peer.sent().map((line) => line.startsWith('PSH'))).toEqual([false, false, true]);
  });
});
