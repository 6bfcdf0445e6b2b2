import { established, type TcpPeer } from '@strata/simulator';

const MSS = 1460;

function infoOf(peer: TcpPeer) {
  return peer.core.sockets(peer.nowMs).find((socket) => socket.tcp !== undefined)!.tcp!;
}

function timesOf(peer: TcpPeer) {
  const { busyMs, receiveWindowLimitedMs, sendBufferLimitedMs } = infoOf(peer);
  return { busyMs, receiveWindowLimitedMs, sendBufferLimitedMs };
}

describe('the limit of the sender (tcpi_busy_time, tcpi_rwnd_limited, tcpi_sndbuf_limited)', () => {
  it('is none while there is nothing to send', () => {
    const peer = established();
    peer.advance(1000);
    expect(timesOf(peer)).toEqual({
      busyMs: 0,
      receiveWindowLimitedMs: 0,
      sendBufferLimitedMs: 0,
    });
  });

  it('is the network from a write until all is acknowledged, and not later', () => {
    const peer = established();
    peer.advance(10);
    peer.write(MSS);
    peer.advance(30);
    expect(timesOf(peer).busyMs).toBe(30);
    peer.inject('ACK', { seq: 1, ack: 1 + MSS });
    peer.advance(500);
    expect(timesOf(peer)).toEqual({
      busyMs: 30,
      receiveWindowLimitedMs: 0,
      sendBufferLimitedMs: 0,
    });
  });

  it('is the window of the peer if that is too small', () => {
    const peer = established({ synWindow: 2 * MSS });
    peer.write(10 * MSS);
    peer.advance(40);
    peer.inject('ACK', { seq: 1, ack: 1 + 2 * MSS, win: 65_535 });
    peer.advance(20);
    expect(timesOf(peer)).toEqual({
      busyMs: 60,
      receiveWindowLimitedMs: 40,
      sendBufferLimitedMs: 0,
    });
  });

  it('is the send buffer if the application has filled it and all of it is in flight', () => {
    const peer = established({ socketOptions: { sendBufferOctets: 4096 } });
    peer.write(4096);
    peer.advance(25);
    expect(timesOf(peer)).toEqual({
      busyMs: 25,
      receiveWindowLimitedMs: 0,
      sendBufferLimitedMs: 25,
    });
  });
});
