import { established, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

/**
 * A peer with a closed window; data waits, and a probe of one octet (sequence number 1) is in
 * flight.
 */
function probing(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established(options);
  peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
  peer.write(5000);
  expect(peer.advance(1000).at(0)).toMatch(/seq=1 ack=1 len=1$/);
  peer.sent();
  return peer;
}

describe('while a zero-window probe is in flight', () => {
  it('acknowledgments have SEG.SEQ before it: the peer would not accept them after it (RFC 9293 3.10.7.4)', () => {
    const peer = probing();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0, data: 1460 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1461']);
  });

  it('RST has SEG.SEQ before it too, since otherwise it would not be exact (RFC 5961 3.2)', () => {
    const peer = probing();
    peer.ask('abort');
    expect(peer.sent()).toEqual(['RST,ACK seq=1 ack=1']);
  });

  it('the answers to probes are not duplicate ACKs: nothing was lost (RFC 5681 2)', () => {
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

describe('a window that opens while a zero-window probe is in flight', () => {
  it.each([
    [1460, ['PSH,ACK seq=1 ack=1 len=1000']],
    [600, ['ACK seq=1 ack=1 len=600']],
  ])('to %i octets: data that fits is sent at once, after the probe octet', (win, sent) => {
    const peer = established();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(1000);
    peer.advance(1000);
    peer.inject('ACK', { seq: 1, ack: 1, win });
    expect(peer.sent()).toEqual(sent);
  });

  it('to several segments: all of them are sent, and the rest as without a probe', () => {
    const peer = probing();
    peer.inject('ACK', { seq: 1, ack: 1, win: 65_535 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1460', 'PSH,ACK seq=1461 ack=1 len=3540']);
    peer.inject('ACK', { seq: 1, ack: 5001 });
    expect(peer.advance(100_000)).toEqual([]);
  });
});

describe('a window too small to be worth a segment', () => {
  it('is filled after some time, although the peer keeps sending (RFC 9293 3.8.6.2.1, (4))', () => {
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
