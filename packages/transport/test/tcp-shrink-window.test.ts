import { established, type TcpPeer } from '@strata/simulator';

const SCALED = { mss: 1460, windowScale: 0 };

/**
 * The right edge of the window that the last segment announced, relative; the core's shift is 7.
 */
function edge(peer: TcpPeer): number {
  const last = peer.sentSegments().at(-1)!;
  const shift = peer.core.sockets().find((socket) => socket.tcp)!.tcp!.receiveWindowShift;
  return ((last.acknowledgment - 1_000_000) | 0) + last.window * 2 ** shift;
}

/**
 * A connection whose receive buffer is made smaller, with the window's right edge before and after.
 */
function shrunk(tcp_shrink_window: number): { peer: TcpPeer; before: number; after: number } {
  const peer = established({ synOptions: SCALED, sysctl: { tcp_shrink_window } });
  peer.inject('PSH,ACK', { seq: 1, data: 1280 });
  const before = edge(peer);
  const options = { receiveBufferOctets: 20_000 };
  peer.request({ kind: 'set-options', socket: peer.socket, options });
  peer.inject('PSH,ACK', { seq: 1281, data: 1280 });
  return { peer, before, after: edge(peer) };
}

describe('a receive buffer that shrinks below the window (RFC 9293 3.8.6)', () => {
  it('leaves the right edge of the window where it is (SHLD-14)', () => {
    const { before, after } = shrunk(0);
    expect(after).toBe(before);
  });

  it('moves it left if tcp_shrink_window is 1; data beyond it is no longer accepted', () => {
    const { peer, before, after } = shrunk(1);
    expect(after).toBeLessThan(before);
    expect(after).toBeLessThanOrEqual(2561 + 20_000);
    expect(after).toBeGreaterThan(2561 + 20_000 - 256);
    peer.inject('PSH,ACK', { seq: after, data: 100 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=2561']);
    peer.inject('PSH,ACK', { seq: 2561, data: 1000 });
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=3561');
  });

  it('does not move an unscaled window, as in tcp_select_window() of Linux', () => {
    const peer = established({ sysctl: { tcp_shrink_window: 1 } });
    peer.inject('PSH,ACK', { seq: 1, data: 1280 });
    const before = edge(peer);
    const options = { receiveBufferOctets: 20_000 };
    peer.request({ kind: 'set-options', socket: peer.socket, options });
    peer.inject('PSH,ACK', { seq: 1281, data: 1280 });
    expect(edge(peer)).toBe(before);
  });
});

describe('a scaled window (RFC 7323 2)', () => {
  it('accepts all that was announced before, if rounding has moved the edge left since (RFC 7323 2.4)', () => {
    const peer = established({ synOptions: SCALED, creditOctets: 0, show: { window: true } });
    const lastOf = (lines: readonly string[]) =>
      /ack=(\d+) win=(\d+)/.exec(lines.at(-1)!)!.slice(1).map(Number) as [number, number];
    let next = 1;
    let largest = 0;
    let drawnBack = 0;
    for (let i = 0; i < 60; i += 1) {
      peer.inject('PSH,ACK', { seq: next, data: 1000 + i });
      next += 1000 + i;
      const [ack, field] = lastOf(peer.advance(100));
      const now = ack + field * 128;
      if (now < largest) drawnBack += 1;
      largest = Math.max(largest, now);
      expect(largest - now).toBeLessThan(128);
    }
    expect(drawnBack).toBeGreaterThan(10);
    peer.inject('PSH,ACK', { seq: next, data: largest - next });
    expect(lastOf(peer.advance(100))).toEqual([largest, 0]);
  });
});
