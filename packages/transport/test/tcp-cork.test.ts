import { established, type TcpPeer } from '@strata/simulator';

const corked = (more: object = {}) => {
  const peer = established({ socketOptions: { cork: true, ...more }, maxPduOctets: 1 });
  peer.sent();
  return peer;
};
const change = (peer: TcpPeer, options: object) =>
  peer.request({ kind: 'set-options', socket: peer.socket, options });

describe('TCP_CORK (T14)', () => {
  it('keeps a small segment back, even where nothing is in flight', () => {
    const peer = corked();
    peer.write(100);
    expect(peer.sent()).toEqual([]);
  });

  it('lets full segments go, and gathers writes into them', () => {
    const peer = corked();
    for (let i = 0; i < 4; i += 1) peer.write(500);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=1460']);
    peer.inject('ACK', { ack: 1461 });
    expect(peer.sent()).toEqual([]);
  });

  it('keeps it back for 200 ms at most', () => {
    const peer = corked();
    peer.write(100);
    peer.advance(150);
    peer.write(100);
    expect(peer.advance(100)).toEqual(['50 PSH,ACK seq=1 ack=1 len=200']);
    peer.inject('ACK', { ack: 201 });
    expect(peer.core.counters.TCPWinProbe).toBe(0);
    peer.write(100);
    expect(peer.advance(1000)[0]).toBe('200 PSH,ACK seq=201 ack=1 len=100');
  });

  it('lets it go at once when it is taken off', () => {
    const peer = corked();
    peer.write(100);
    change(peer, { cork: false });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100']);
    peer.write(10);
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { ack: 101 });
    expect(peer.sent()).toEqual(['PSH,ACK seq=101 ack=1 len=10']);
  });

  it("taken off, leaves Nagle's algorithm in force", () => {
    const peer = corked();
    peer.write(1500);
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1460']);
    change(peer, { cork: false });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1461 ack=1 len=40']);
    peer.write(10);
    expect(peer.sent()).toEqual([]);
  });

  it('is stronger than TCP_NODELAY that was set before, and gives way to one that is set now, as in Linux', () => {
    const peer = corked({ noDelay: true });
    peer.write(100);
    expect(peer.sent()).toEqual([]);
    change(peer, { noDelay: true });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100']);
    peer.write(50);
    expect(peer.sent()).toEqual([]);
  });

  it('does not keep back what FIN follows', () => {
    const peer = corked();
    peer.write(100);
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['FIN,PSH,ACK seq=1 ack=1 len=100']);
  });

  it('leaves a shut window to the persist timer', () => {
    const peer = corked();
    peer.inject('ACK', { win: 0 });
    peer.write(100);
    const lines = peer.advance(1100);
    expect(lines.map((line) => line.slice(-5))).toEqual(['len=1', 'len=1']);
    expect(peer.core.counters.TCPWinProbe).toBe(2);
  });
});
