import { established, type TcpPeer } from '@strata/simulator';

const MSS = 1460;
const nth = (n: number) => 1 + (n - 1) * MSS;

/**
 * Ten segments in flight, more to send; then the peer takes back all but `segments` of its window.
 */
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

  it('holds what is sent again: the oldest first, as ever (SHLD-16)', () => {
    const [first] = shrunkTo(2 * MSS).advance(1000);
    expect(first).toMatch(new RegExp(`ACK seq=${nth(2)} ack=1 len=${MSS}$`));
  });

  it('comes to life again where the peer takes what is inside and moves on', () => {
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

  it('to nothing is probed (MUST-35), and does not end the connection for what lies beyond its edge (SHLD-17)', () => {
    const peer = shrunkTo(0);
    let probes = 0;
    // Two hours, against the 15 minutes after which silence ends a connection.
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

  it('is left behind in flight: what lies beyond the edge may be sent again (MAY-7)', () => {
    const peer = shrunkTo(MSS);
    const lines = peer.advance(10_000);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(seqOf(line)).toBe(nth(2));
    peer.inject('ACK', { seq: 1, ack: nth(3), win: MSS / 2 });
    // The segment is sent as it was, although half of it lies beyond the edge.
    const again = peer.advance(10_000);
    expect(again[0]).toMatch(new RegExp(`seq=${nth(3)} ack=1 len=${MSS}$`));
  });
});

describe('where the peer has taken back a part of its window that is in use', () => {
  it.each([
    [1000, 0, 1001],
    [10, 7, 1281],
    // Less than the scale cuts off: the peer has taken nothing back.
    [39, 7, 5001],
  ])(
    'an empty segment stands at its edge, as in Linux: a window of %i by a shift of %i',
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

  it('no more than a segment goes beyond it, though a super-segment was lost', () => {
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
