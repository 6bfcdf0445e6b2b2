import { established, listening, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

const INLINE: TcpPeerOptions = { socketOptions: { urgentInline: true } };

/** The indications to the application, in short form. */
function told(peer: TcpPeer): string[] {
  return peer.told().flatMap((one) => {
    if (one.kind === 'data') return [`data ${one.offset} ${new TextDecoder().decode(one.data)}`];
    if (one.kind !== 'urgent') return [];
    const octet = one.octet === undefined ? '' : ` ${String.fromCharCode(one.octet)}`;
    return [`urgent ${one.offset}${octet}`];
  });
}

const ready = (options: TcpPeerOptions = {}) => {
  const peer = established(options);
  peer.sent();
  peer.told();
  return peer;
};

describe('urgent data received (RFC 9293 3.8.5, T15)', () => {
  it('is given to the application apart from the stream, with its place in the stream (MUST-32)', () => {
    const peer = ready();
    peer.inject('PSH,ACK,URG', { data: 'abc!def', urg: 4 });
    expect(told(peer)).toEqual(['urgent 3', 'urgent 3 !', 'data 0 abc', 'data 3 def']);
    peer.inject('PSH,ACK', { data: 'ghi' });
    expect(told(peer)).toEqual(['data 6 ghi']);
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=11');
  });

  it('stays in the stream with SO_OOBINLINE', () => {
    const peer = ready(INLINE);
    peer.inject('PSH,ACK,URG', { data: 'abc!def', urg: 4 });
    expect(told(peer)).toEqual(['urgent 3', 'data 0 abc!def']);
  });

  it('is announced before it arrives, with the amount of data before it (MUST-33)', () => {
    const peer = ready();
    peer.inject('ACK,URG', { data: 'ab', urg: 6 });
    expect(told(peer)).toEqual(['urgent 5', 'data 0 ab']);
    peer.inject('ACK,URG', { data: 'cd', urg: 4 });
    expect(told(peer)).toEqual(['data 2 cd']);
    peer.inject('PSH,ACK,URG', { data: 'e!f', urg: 2 });
    expect(told(peer)).toEqual(['urgent 5 !', 'data 4 e', 'data 5 f']);
  });

  it('is announced by a segment without data (MUST-31), and again when the mark moves on', () => {
    const peer = ready();
    peer.inject('ACK,URG', { urg: 2 });
    peer.inject('ACK,URG', { urg: 4 });
    peer.inject('ACK,URG', { urg: 3 });
    expect(told(peer)).toEqual(['urgent 1', 'urgent 3']);
    peer.inject('PSH,ACK', { data: 'a!b!' });
    // The first urgent octet is no longer the mark: it stays in the stream.
    expect(told(peer)).toEqual(['urgent 3 !', 'data 0 a!b']);
  });

  it('with tcp_stdurg is named by the pointer itself (RFC 1122 4.2.2.4)', () => {
    const peer = ready({ sysctl: { tcp_stdurg: 1 } });
    peer.inject('PSH,ACK,URG', { data: 'abc!def', urg: 3 });
    expect(told(peer)).toEqual(['urgent 3', 'urgent 3 !', 'data 0 abc', 'data 3 def']);
  });

  it('is announced even if the window is closed (MUST-66)', () => {
    const peer = ready({ socketOptions: { receiveBufferOctets: 2304 }, creditOctets: 0 });
    peer.inject('ACK', { data: 2304 });
    peer.inject('ACK,URG', { seq: 2305, data: '!', urg: 1 });
    expect(told(peer)).toEqual(['urgent 2304']);
  });

  it('does not wait until the application takes the data before it', () => {
    const peer = ready({ creditOctets: 0 });
    peer.inject('PSH,ACK,URG', { data: 'abc!', urg: 4 });
    expect(told(peer)).toEqual(['urgent 3', 'urgent 3 !']);
    peer.credit(100);
    expect(told(peer)).toEqual(['data 0 abc']);
  });

  it('is found if it arrived out of order', () => {
    const peer = ready();
    peer.inject('ACK,URG', { seq: 4, data: '!de', urg: 1 });
    expect(told(peer)).toEqual(['urgent 3']);
    peer.inject('ACK', { seq: 1, data: 'abc' });
    expect(told(peer)).toEqual(['urgent 3 !', 'data 0 abc', 'data 3 de']);
  });

  it('is indicated once if it arrives twice', () => {
    const peer = ready();
    peer.inject('PSH,ACK,URG', { seq: 1, data: '!a', urg: 1 });
    peer.inject('PSH,ACK,URG', { seq: 1, data: '!a', urg: 1 });
    expect(told(peer)).toEqual(['urgent 0', 'urgent 0 !', 'data 0 a']);
  });

  it('is ignored if the stream has passed its place', () => {
    const peer = ready();
    peer.inject('PSH,ACK', { data: 'abcdef' });
    peer.told();
    peer.inject('PSH,ACK,URG', { seq: 1, data: 'abcdefgh', urg: 3 });
    expect(told(peer)).toEqual(['data 6 gh']);
  });

  it('waits until the application accepts the connection', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0 });
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.inject('PSH,ACK,URG', { seq: 1, ack: 1, data: 'a!', urg: 2 });
    peer.accept();
    expect(told(peer)).toEqual(['urgent 1', 'urgent 1 !', 'data 0 a']);
  });

  it('of any length is indicated by its last octet (MUST-31)', () => {
    const peer = ready();
    const news: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      peer.inject('ACK,URG', { data: 1000, urg: 60_000 - i * 1000 });
      for (const line of told(peer)) if (line.startsWith('urgent')) news.push(`${i}: ${line}`);
    }
    expect(news).toEqual(['0: urgent 59999', '59: urgent 59999 a']);
  });
});

describe('urgent data sent (RFC 9293 3.8.5, T15)', () => {
  const send = (peer: TcpPeer, offset: number, text: string, urgent = true) => {
    const data = new TextEncoder().encode(text);
    peer.request({ kind: 'send', socket: peer.socket, offset, data, push: true, urgent });
  };

  it('has URG, and a pointer to the octet after its last one (MUST-62)', () => {
    const peer = ready();
    send(peer, 0, 'ab!');
    expect(peer.sent()).toEqual(['PSH,URG,ACK seq=1 ack=1 urg=3 len=3']);
    peer.inject('ACK', { ack: 4 });
    send(peer, 3, 'c', false);
    expect(peer.sent()).toEqual(['PSH,ACK seq=4 ack=1 len=1']);
  });

  it('is not held back by the algorithm of Nagle, nor by TCP_CORK, as in tcp_nagle_test() of Linux', () => {
    const peer = ready({ socketOptions: { cork: true } });
    send(peer, 0, 'a');
    send(peer, 1, 'b');
    expect(peer.sent()).toHaveLength(2);
  });

  it('is announced by all segments before it, none of them a super-segment', () => {
    const peer = ready();
    const data = new Uint8Array(4000);
    peer.request({ kind: 'send', socket: peer.socket, offset: 0, data, push: true, urgent: true });
    expect(peer.sent()).toEqual([
      'URG,ACK seq=1 ack=1 urg=4000 len=1460',
      'URG,ACK seq=1461 ack=1 urg=2540 len=1460',
      'PSH,URG,ACK seq=2921 ack=1 urg=1080 len=1080',
    ]);
  });

  it('is announced at once if the window is closed, and by the probes', () => {
    const peer = ready();
    peer.inject('ACK', { win: 0 });
    send(peer, 0, 'ab!');
    expect(peer.sent()).toEqual(['URG,ACK seq=1 ack=1 urg=3']);
    expect(peer.advance(300)).toEqual(['200 URG,ACK seq=1 ack=1 urg=3 len=1']);
  });

  it('is announced again when it is retransmitted', () => {
    const peer = ready();
    send(peer, 0, 'ab!');
    peer.sent();
    expect(peer.advance(1000)[0]).toMatch(/PSH,URG,ACK seq=1 ack=1 urg=3 len=3$/);
  });

  it('more than 65,535 octets ahead has the largest pointer while that names no octet sent', () => {
    const peer = ready({ synWindow: 65_535 });
    const data = new Uint8Array(100_000);
    peer.request({ kind: 'send', socket: peer.socket, offset: 0, data, push: true, urgent: true });
    expect(peer.sent()[0]).toBe('URG,ACK seq=1 ack=1 urg=65535 len=1460');
  });
});
