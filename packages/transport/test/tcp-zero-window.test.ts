import { established, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

/**
 * A peer that has shut its window, with data waiting and a probe of one octet (number 1) in flight.
 */
function probing(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established(options);
  peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
  peer.write(5000);
  expect(peer.advance(1000).at(0)).toMatch(/seq=1 ack=1 len=1$/);
  peer.sent();
  return peer;
}

describe('while a probe of the shut window is in flight', () => {
  it('acknowledgments stand in front of it: behind it the peer would not take them (RFC 9293 3.10.7.4)', () => {
    const peer = probing();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0, data: 1460 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1461']);
  });

  it('RST stands there too, else it would not be exact (RFC 5961 3.2)', () => {
    const peer = probing();
    peer.ask('abort');
    expect(peer.sent()).toEqual(['RST,ACK seq=1 ack=1']);
  });

  it('the answers to probes are no duplicate ACKs: nothing was lost (RFC 5681 2)', () => {
    const peer = probing();
    const before = peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
    for (let i = 0; i < 8; i += 1) {
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
      peer.advance(1000);
    }
    const after = peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
    expect(after.cwndOctets).toBe(before.cwndOctets);
    expect(peer.core.counters.TCPFastRetrans).toBe(0);
  });
});

describe('a window that opens while a probe is in flight', () => {
  it.each([
    [1460, ['PSH,ACK seq=1 ack=1 len=1000']],
    [600, ['ACK seq=1 ack=1 len=600']],
  ])('to %i octets: what fits goes at once, behind the octet that probed', (win, sent) => {
    const peer = established();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(1000);
    peer.advance(1000);
    peer.inject('ACK', { seq: 1, ack: 1, win });
    expect(peer.sent()).toEqual(sent);
  });

  it('to several segments: all of them go, and the rest as if it had not been probed', () => {
    const peer = probing();
    peer.inject('ACK', { seq: 1, ack: 1, win: 65_535 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1460', 'PSH,ACK seq=1461 ack=1 len=3540']);
    peer.inject('ACK', { seq: 1, ack: 5001 });
    expect(peer.advance(100_000)).toEqual([]);
  });
});

describe('a window too small to be worth a segment', () => {
  it('is filled after a while, although the peer keeps sending (RFC 9293 3.8.6.2.1, (4))', () => {
    const peer = established();
    peer.inject('ACK', { seq: 1, ack: 1, win: 100 });
    peer.write(5000);
    expect(peer.sent()).toEqual([]);
    const lines: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      peer.inject('ACK', { ack: 1, win: 100, data: 10 });
      lines.push(...peer.advance(100));
    }
    expect(lines.some((line) => line.endsWith('len=100'))).toBe(true);
  });
});
