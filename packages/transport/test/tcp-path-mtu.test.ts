import { ADDRESS_B, established, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

const NEEDED = [3, 4] as const;
const sizes = (peer: TcpPeer) => peer.sentSegments().map(({ payload }) => payload.byteLength);
const mss = (peer: TcpPeer) =>
  peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!.mssOctets;

/** A connection with 5,000 octets in flight. */
function busy(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established({ maxPduOctets: 1, ...options });
  peer.write(5000);
  peer.sent();
  return peer;
}

/**
 * A connection on which packets of 1,500 octets have arrived, with 5,000 octets in flight from
 * sequence number 5,001 on.
 */
function proven(): TcpPeer {
  const peer = busy();
  peer.inject('ACK', { ack: 5001 });
  peer.write(5000);
  peer.sent();
  return peer;
}

describe('a report that fragmentation is needed (RFC 1191, RFC 5927 7.2, T20)', () => {
  it('is believed about a segment in flight, and the network layer is told so', () => {
    const peer = busy();
    peer.injectError(...NEEDED, { mtu: 1000, seq: 1461 });
    expect(Math.max(...sizes(peer))).toBe(960);
    expect(peer.confirmedPathMtus()).toEqual([1000]);
  });

  it.each([
    ['before the data in flight', 0],
    ['after the data in flight', 5001],
    ['of nowhere', 1_000_000],
  ])('is not believed if it quotes a segment %s', (_, seq) => {
    const peer = busy();
    peer.inject('ACK', { ack: 1461 });
    peer.injectError(...NEEDED, { mtu: 1000, seq });
    expect(sizes(peer)).toEqual([]);
    expect(mss(peer)).toBe(1460);
    expect(peer.confirmedPathMtus()).toEqual([]);
    expect(peer.core.counters.OutOfWindowIcmps).toBe(1);
  });

  it('is not believed if the packets would have fitted', () => {
    const peer = busy();
    peer.injectError(...NEEDED, { mtu: 1500 });
    expect(mss(peer)).toBe(1460);
    expect(peer.confirmedPathMtus()).toEqual([]);
  });

  it('waits if larger packets have arrived, and is dropped when the segment is acknowledged', () => {
    const peer = proven();
    peer.injectError(...NEEDED, { mtu: 1000, seq: 5001 });
    expect(mss(peer)).toBe(1460);
    peer.inject('ACK', { ack: 10_001 });
    peer.write(5000);
    peer.advance(2000);
    expect(mss(peer)).toBe(1460);
    expect(peer.confirmedPathMtus()).toEqual([]);
  });

  it('waits until the retransmission timer shows that the segment does not pass', () => {
    const peer = proven();
    peer.injectError(...NEEDED, { mtu: 1000, seq: 5001 });
    const lines = peer.advance(1500);
    expect(lines.length).toBeGreaterThan(0);
    const lengths = lines.map((line) => Number(/len=(\d+)/.exec(line)![1]));
    expect(Math.max(...lengths)).toBe(960);
    expect(peer.confirmedPathMtus()).toEqual([1000]);
  });

  it('from our own network layer does not wait, since it was believed before', () => {
    const peer = proven();
    peer.injectError(...NEEDED, { mtu: 1000, seq: 5001, reporter: ADDRESS_B });
    expect(Math.max(...sizes(peer))).toBe(960);
    expect(peer.confirmedPathMtus()).toEqual([]);
  });

  it('causes no congestion response (RFC 1191 6.4)', () => {
    const peer = busy();
    const before = peer.core.sockets().find((socket) => socket.tcp)!.tcp!;
    peer.injectError(...NEEDED, { mtu: 1000, seq: 1 });
    const after = peer.core.sockets().find((socket) => socket.tcp)!.tcp!;
    expect(after.cwndOctets).toBe(before.cwndOctets);
    expect(after.ssthreshOctets).toBe(before.ssthreshOctets);
  });

  it('is forgotten after mtu_expires: the path may have a larger MTU (RFC 1191 6.3)', () => {
    const peer = busy();
    peer.injectError(...NEEDED, { mtu: 1000, seq: 1 });
    peer.inject('ACK', { ack: 5001 });
    peer.sent();
    peer.advance(590_000);
    peer.write(3000);
    expect(Math.max(...sizes(peer))).toBe(960);
    peer.inject('ACK', { ack: 8001 });
    peer.advance(20_000);
    peer.write(3000);
    expect(Math.max(...sizes(peer))).toBe(1460);
  });
});

describe('segments larger than the congestion window', () => {
  it('are sent one by one, and do not wait for the persist timer', () => {
    const peer = established({ sysctl: { mtu_expires: 1, min_pmtu: 68 } });
    peer.write(30);
    peer.injectError(...NEEDED, { mtu: 100, seq: 1 });
    // After a timeout the window is one segment of 60 octets.
    peer.advance(300);
    peer.inject('ACK', { ack: 31 });
    peer.sent();
    peer.advance(3000);
    peer.write(3000);
    expect(sizes(peer)).toEqual([1460]);
  });
});

describe('tcp_min_snd_mss', () => {
  it('never makes a segment too large for an IPv4 packet', () => {
    const peer = established({ sysctl: { tcp_min_snd_mss: 65_535 } });
    peer.write(100_000);
    expect(Math.max(...sizes(peer))).toBe(65_495);
  });
});
