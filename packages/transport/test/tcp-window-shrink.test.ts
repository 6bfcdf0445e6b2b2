import { established, type TcpPeer } from '@strata/simulator';

const MSS = 1460;
const nth = (n: number) => 1 + (n - 1) * MSS;

/** Ten segments in flight, more to send; then the peer shrinks its window to `octets`. */
function shrunkTo(octets: number): TcpPeer {
  const peer = established({ maxPduOctets: 1 });
  peer.write(100 * MSS);
  if (peer.sent().length !== 10) throw new Error('the initial window is not ten segments');
  peer.inject('ACK', { seq: 1, ack: nth(2), win: octets });
  return peer;
}

const seqOf = (line: string) => Number(/seq=(\d+)/.exec(line)?.[1]);

describe('a window that the peer shrinks (RFC 9293 3.8.6)', () => {
  it('may make the usable window negative: nothing breaks, nothing new is sent (MUST-34, SHLD-15)', () => {
    const peer = shrunkTo(2 * MSS);
    expect(peer.sent()).toEqual([]);
    const info = peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
    expect(info.sendableOctets).toBe(0);
    for (const line of peer.advance(30_000)) expect(seqOf(line)).toBeLessThan(nth(11));
  });

  it('holds back retransmissions except the oldest (SHLD-16)', () => {
    const [first] = shrunkTo(2 * MSS).advance(1000);
    expect(first).toMatch(new RegExp(`ACK seq=${nth(2)} ack=1 len=${MSS}$`));
  });

  it('recovers if the peer takes the data inside and moves on', () => {
    const peer = shrunkTo(2 * MSS);
    peer.advance(300);
    peer.inject('ACK', { seq: 1, ack: nth(4), win: 2 * MSS });
    peer.advance(3000);
    peer.inject('ACK', { seq: 1, ack: nth(6), win: 65_535 });
    let acked = 6;
    for (let i = 0; i < 300 && acked < 101; i += 1) {
      for (const line of [...peer.sent(), ...peer.advance(400)]) {
        if (seqOf(line) === nth(acked)) acked += 1;
      }
      peer.inject('ACK', { seq: 1, ack: nth(acked) });
    }
    expect(acked).toBe(101);
  });

  it('to 0 is probed (MUST-35), and data beyond its edge does not end the connection (SHLD-17)', () => {
    const peer = shrunkTo(0);
    let probes = 0;
    // Two hours; without an answer the connection would end after 15 minutes.
    for (let i = 0; i < 60; i += 1) {
      probes += peer.advance(120_000).length;
      peer.inject('ACK', { seq: 1, ack: nth(2), win: 0 });
    }
    expect(probes).toBeGreaterThanOrEqual(59);
    expect(peer.state).toBe('ESTABLISHED');
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: nth(2), win: 65_535 });
    expect(peer.sent()[0]).toBe(`ACK seq=${nth(2)} ack=1 len=${MSS}`);
  });

  it('leaves data beyond the edge in flight, which may be retransmitted (MAY-7)', () => {
    const peer = shrunkTo(MSS);
    const lines = peer.advance(10_000);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(seqOf(line)).toBe(nth(2));
    peer.inject('ACK', { seq: 1, ack: nth(3), win: MSS / 2 });
    // The segment is retransmitted whole, although half of it lies beyond the edge.
    const again = peer.advance(10_000);
    expect(again[0]).toMatch(new RegExp(`seq=${nth(3)} ack=1 len=${MSS}$`));
  });
});

describe('after the peer has shrunk its window below what is in flight', () => {
  it.each([
    [1000, 0, 1001],
    [10, 7, 1281],
    // Less than the unit of the scale: the peer has not shrunk the window.
    [39, 7, 5001],
  ])(
    'an empty segment has the right edge as SEG.SEQ, as in tcp_acceptable_seq() of Linux: a window of %i by a shift of %i',
    (win, windowScale, seq) => {
      const peer = established({ synOptions: { mss: MSS, windowScale } });
      peer.write(5000);
      peer.sent();
      peer.inject('ACK', { seq: 1, ack: 1, win, data: 10 });
      expect(peer.sent()).toEqual([`ACK seq=${seq} ack=11`]);
      peer.ask('abort');
      expect(peer.sent()).toEqual([`RST,ACK seq=${seq} ack=11`]);
    },
  );

  it('at most one segment is sent beyond the edge, even if a super-segment was lost', () => {
    const peer = established({ maxPduOctets: 65_000, sysctl: { tcp_congestion_control: 'none' } });
    peer.write(10 * MSS);
    peer.sent();
    peer.injectError(3, 4, { mtu: 1000, seq: 1 });
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.inject('ACK', { seq: 1, ack: 1, win: 2000 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1920']);
  });
});
