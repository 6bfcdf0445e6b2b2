import { established, listening } from '@strata/simulator';

describe('a receive buffer smaller than the unit of its window (RFC 7323 2.2)', () => {
  /** Shift 14: a window is a multiple of 16,384 octets. The buffer is 2,048 octets. */
  const sysctl = { tcp_rmem: [2304, 4096, 0x7fffffff] as const };

  it('opens its window again once the application has taken the data in it', () => {
    const peer = established({
      sysctl,
      synOptions: { mss: 1460, windowScale: 0 },
      creditOctets: 0,
      show: { window: true },
    });
    for (let i = 0; i < 40; i += 1) peer.inject('PSH,ACK', { data: 1000 });
    expect(peer.sent().at(-1)).toMatch(/win=0$/);
    peer.credit(1_000_000);
    expect(peer.sent().at(-1)).toMatch(/win=1$/);
  });

  it('accepts at most one unit beyond its size, however small the segments are', () => {
    const peer = established({
      sysctl,
      synOptions: { mss: 1460, windowScale: 0 },
      creditOctets: 0,
      show: { window: true },
    });
    for (let i = 0; i < 30_000; i += 1) peer.inject('PSH,ACK', { data: 1 });
    const socket = peer.core.sockets().find(({ state }) => state === 'ESTABLISHED')!;
    expect(socket.receiveQueueOctets).toBeLessThanOrEqual(2048 + 16_384);
    expect(peer.sent().at(-1)).toMatch(/win=0$/);
  });
});

describe('tcp_adv_win_scale', () => {
  it.each([-31, -3, 0, 1, 31])('of %i leaves a window', (tcp_adv_win_scale) => {
    const peer = listening({ sysctl: { tcp_adv_win_scale } });
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(peer.sentSegments()[0]!.window).toBeGreaterThanOrEqual(1152);
  });
});

describe('the window of a retransmitted segment (RFC 9293 3.10.7.4)', () => {
  it('is taken if it acknowledges new data: the edge never lies beyond what the peer has offered', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(20_000);
    peer.sent();
    peer.inject('ACK', { seq: 101, ack: 1461, win: 20_000, data: 100 });
    peer.sent();
    peer.inject('ACK', { seq: 1, ack: 10_221, win: 5000, data: 100 });
    const { sendableOctets } = peer.core.sockets().find(({ tcp }) => tcp !== undefined)!.tcp!;
    const ends = peer.sentSegments().map(({ sequence, payload }) => {
      return ((sequence - peer.coreIss) | 0) + payload.byteLength;
    });
    expect(Math.max(...ends)).toBeLessThanOrEqual(10_221 + 5000);
    expect(sendableOctets).toBeLessThanOrEqual(5000);
  });
});
