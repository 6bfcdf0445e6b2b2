import { established, type TcpPeer } from '@strata/simulator';

/** The PDU to the network layer for one more write, which TcpPeer does not show. */
function sendOf(peer: TcpPeer, octets: number, push: boolean, offset = 0) {
  const { core, socket, nowMs } = peer;
  core.handleRequest({ kind: 'send', socket, offset, data: new Uint8Array(octets), push }, nowMs);
  const request = core.pollNetworkRequest();
  return request?.kind === 'send' ? request : undefined;
}

describe('SEND (RFC 9293 3.9.1.2)', () => {
  it('takes PUSH: the last segment of the write has PSH (MAY-15, MUST-61)', () => {
    const peer = established({ maxPduOctets: 1 });
    peer.write(3000);
    expect(peer.sent()).toEqual([
      'ACK seq=1 ack=1 len=1460',
      'ACK seq=1461 ack=1 len=1460',
      'PSH,ACK seq=2921 ack=1 len=80',
    ]);
  });

  it('without PUSH is not held back for ever (MUST-60)', () => {
    expect(sendOf(established(), 10, false)?.segment.byteLength).toBe(30);
  });

  it('collapses the PSH of several writes into one segment as large as possible (SHLD-27, MAY-16)', () => {
    const peer = established();
    peer.write(10);
    for (let i = 0; i < 20; i += 1) peer.write(100);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=10', 'PSH,ACK seq=11 ack=1 len=1460']);
    peer.inject('ACK', { seq: 1 });
    expect(peer.sent()).toEqual(['PSH,ACK seq=1471 ack=1 len=540']);
  });

  it('fills segments to the MSS whatever the writes were (SHLD-28)', () => {
    const peer = established({ maxPduOctets: 1 });
    for (let i = 0; i < 100; i += 1) peer.write(100);
    const lengths = peer.sentSegments().map(({ payload }) => payload.byteLength);
    expect(lengths[0]).toBe(100);
    expect(lengths.slice(1)).toEqual(Array(6).fill(1460));
  });
});

describe('values that the application sets for IP (RFC 9293 3.9.1.9, 3.9.2)', () => {
  it('the differentiated services field goes to IP unchanged (MUST-48, SHLD-22)', () => {
    const peer = established({ socketOptions: { tos: 0xb8 } });
    expect(sendOf(peer, 10, true)?.tos).toBe(0xb8);
  });

  it('the field can change while the connection is open (SHLD-21)', () => {
    const peer = established();
    expect(sendOf(peer, 10, true)?.tos).toBe(0);
    peer.inject('ACK', { seq: 1, ack: 11 });
    peer.request({ kind: 'set-options', socket: peer.socket, options: { tos: 0x28 } });
    expect(sendOf(peer, 10, true, 10)?.tos).toBe(0x28);
  });

  it('the time to live is that of the socket, or that of the stack (MUST-49)', () => {
    expect(sendOf(established(), 10, true)?.ttl).toBe(64);
    const sysctl = { ip_default_ttl: 200 };
    expect(sendOf(established({ sysctl }), 10, true)?.ttl).toBe(200);
    expect(sendOf(established({ sysctl, socketOptions: { ttl: 5 } }), 10, true)?.ttl).toBe(5);
  });
});

describe('a connection that the peer ends (RFC 9293 3.6, MUST-12)', () => {
  it.each([
    ['FIN: the end, and no error', 'FIN,ACK', ['end']],
    ['RST: the connection was aborted', 'RST', ['closed: reset']],
  ])('tells the application how: %s', (_, flags, told) => {
    const peer = established();
    peer.inject(flags, { seq: 1, ack: 1 });
    expect(peer.toldKinds()).toEqual(told);
  });

  it('accepts a RST with data like one without (3.5.3, SHLD-2)', () => {
    const peer = established();
    peer.inject('RST', { seq: 1, data: 'no such service' });
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    expect(peer.sent()).toEqual([]);
  });
});
