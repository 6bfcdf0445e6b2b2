import { established, type TcpPeer } from '@strata/simulator';

const corked = (more: object = {}) => {
  const peer = established({ socketOptions: { cork: true, ...more }, maxPduOctets: 1 });
  peer.sent();
  return peer;
};
const change = (peer: TcpPeer, options: object) =>
  peer.request({ kind: 'set-options', socket: peer.socket, options });

describe('TCP_CORK (T14)', () => {
  it('holds a small segment back, even with nothing in flight', () => {
    const peer = corked();
    peer.write(100);
    expect(peer.sent()).toEqual([]);
  });

  it('lets full segments be sent, and fills them from several writes', () => {
    const peer = corked();
    for (let i = 0; i < 4; i += 1) peer.write(500);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=1460']);
    peer.inject('ACK', { ack: 1461 });
    expect(peer.sent()).toEqual([]);
  });

  it('holds it back for at most 200 ms', () => {
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

  it('releases it at once when the option is cleared', () => {
    const peer = corked();
    peer.write(100);
    change(peer, { cork: false });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100']);
    peer.write(10);
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { ack: 101 });
    expect(peer.sent()).toEqual(['PSH,ACK seq=101 ack=1 len=10']);
  });

  it('leaves the algorithm of Nagle in force when it is cleared', () => {
    const peer = corked();
    peer.write(1500);
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1 len=1460']);
    change(peer, { cork: false });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1461 ack=1 len=40']);
    peer.write(10);
    expect(peer.sent()).toEqual([]);
  });

  it('overrides TCP_NODELAY set before, and yields to TCP_NODELAY set now, as in __tcp_sock_set_nodelay() of Linux', () => {
    const peer = corked({ noDelay: true });
    peer.write(100);
    expect(peer.sent()).toEqual([]);
    change(peer, { noDelay: true });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100']);
    peer.write(50);
    expect(peer.sent()).toEqual([]);
  });

  it('does not hold back the data before a FIN', () => {
    const peer = corked();
    peer.write(100);
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['FIN,PSH,ACK seq=1 ack=1 len=100']);
  });

  it('leaves a closed window to the persist timer', () => {
    const peer = corked();
    peer.inject('ACK', { win: 0 });
    peer.write(100);
    const lines = peer.advance(1100);
    expect(lines.map((line) => line.slice(-5))).toEqual(['len=1', 'len=1']);
    expect(peer.core.counters.TCPWinProbe).toBe(2);
  });
});
