import { established, listening, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

const INLINE: TcpPeerOptions = { socketOptions: { urgentInline: true } };

/** What the application was told, in short. */
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

describe('urgent data that comes (RFC 9293 3.8.5, T15)', () => {
  it('is handed up beside the stream, and the application is told where it stood (MUST-32)', () => {
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

  it('is announced before it has come, so that one knows how much lies before it (MUST-33)', () => {
    const peer = ready();
    peer.inject('ACK,URG', { data: 'ab', urg: 6 });
    expect(told(peer)).toEqual(['urgent 5', 'data 0 ab']);
    peer.inject('ACK,URG', { data: 'cd', urg: 4 });
    expect(told(peer)).toEqual(['data 2 cd']);
    peer.inject('PSH,ACK,URG', { data: 'e!f', urg: 2 });
    expect(told(peer)).toEqual(['urgent 5 !', 'data 4 e', 'data 5 f']);
  });

  it('is announced by a segment without data (MUST-31), and told anew when the mark moves on', () => {
    const peer = ready();
    peer.inject('ACK,URG', { urg: 2 });
    peer.inject('ACK,URG', { urg: 4 });
    peer.inject('ACK,URG', { urg: 3 });
    expect(told(peer)).toEqual(['urgent 1', 'urgent 3']);
    peer.inject('PSH,ACK', { data: 'a!b!' });
    // The first is no longer the mark: it stays in the stream.
    expect(told(peer)).toEqual(['urgent 3 !', 'data 0 a!b']);
  });

  it('counts with tcp_stdurg from the urgent octet itself (RFC 1122 4.2.2.4)', () => {
    const peer = ready({ sysctl: { tcp_stdurg: 1 } });
    peer.inject('PSH,ACK,URG', { data: 'abc!def', urg: 3 });
    expect(told(peer)).toEqual(['urgent 3', 'urgent 3 !', 'data 0 abc', 'data 3 def']);
  });

  it('is known although the window is shut (MUST-66)', () => {
    const peer = ready({ socketOptions: { receiveBufferOctets: 2304 }, creditOctets: 0 });
    peer.inject('ACK', { data: 2304 });
    peer.inject('ACK,URG', { seq: 2305, data: '!', urg: 1 });
    expect(told(peer)).toEqual(['urgent 2304']);
  });

  it('does not wait for the application to take what is before it', () => {
    const peer = ready({ creditOctets: 0 });
    peer.inject('PSH,ACK,URG', { data: 'abc!', urg: 4 });
    expect(told(peer)).toEqual(['urgent 3', 'urgent 3 !']);
    peer.credit(100);
    expect(told(peer)).toEqual(['data 0 abc']);
  });

  it('is found where it came beyond a hole', () => {
    const peer = ready();
    peer.inject('ACK,URG', { seq: 4, data: '!de', urg: 1 });
    expect(told(peer)).toEqual(['urgent 3']);
    peer.inject('ACK', { seq: 1, data: 'abc' });
    expect(told(peer)).toEqual(['urgent 3 !', 'data 0 abc', 'data 3 de']);
  });

  it('that came twice is told once', () => {
    const peer = ready();
    peer.inject('PSH,ACK,URG', { seq: 1, data: '!a', urg: 1 });
    peer.inject('PSH,ACK,URG', { seq: 1, data: '!a', urg: 1 });
    expect(told(peer)).toEqual(['urgent 0', 'urgent 0 !', 'data 0 a']);
  });

  it('whose place was passed long ago is nothing new', () => {
    const peer = ready();
    peer.inject('PSH,ACK', { data: 'abcdef' });
    peer.told();
    peer.inject('PSH,ACK,URG', { seq: 1, data: 'abcdefgh', urg: 3 });
    expect(told(peer)).toEqual(['data 6 gh']);
  });

  it('waits for the application to accept the connection', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0 });
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.inject('PSH,ACK,URG', { seq: 1, ack: 1, data: 'a!', urg: 2 });
    peer.accept();
    expect(told(peer)).toEqual(['urgent 1', 'urgent 1 !', 'data 0 a']);
  });

  it('of any length is told of by its last octet (MUST-31)', () => {
    const peer = ready();
    const news: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      peer.inject('ACK,URG', { data: 1000, urg: 60_000 - i * 1000 });
      for (const line of told(peer)) if (line.startsWith('urgent')) news.push(`${i}: ${line}`);
    }
    expect(news).toEqual(['0: urgent 59999', '59: urgent 59999 a']);
  });
});

describe('urgent data that is sent (RFC 9293 3.8.5, T15)', () => {
  const send = (peer: TcpPeer, offset: number, text: string, urgent = true) => {
    const data = new TextEncoder().encode(text);
    peer.request({ kind: 'send', socket: peer.socket, offset, data, push: true, urgent });
  };

  it('has URG, and a pointer behind its last octet (MUST-62)', () => {
    const peer = ready();
    send(peer, 0, 'ab!');
    expect(peer.sent()).toEqual(['PSH,URG,ACK seq=1 ack=1 urg=3 len=3']);
    peer.inject('ACK', { ack: 4 });
    send(peer, 3, 'c', false);
    expect(peer.sent()).toEqual(['PSH,ACK seq=4 ack=1 len=1']);
  });

  it("is not held back by Nagle's algorithm, nor by TCP_CORK, as in Linux", () => {
    const peer = ready({ socketOptions: { cork: true } });
    send(peer, 0, 'a');
    send(peer, 1, 'b');
    expect(peer.sent()).toHaveLength(2);
  });

  it('is told of by all segments in front of it, none of them a super-segment', () => {
    const peer = ready();
    const data = new Uint8Array(4000);
    peer.request({ kind: 'send', socket: peer.socket, offset: 0, data, push: true, urgent: true });
    expect(peer.sent()).toEqual([
      'URG,ACK seq=1 ack=1 urg=4000 len=1460',
      'URG,ACK seq=1461 ack=1 urg=2540 len=1460',
      'PSH,URG,ACK seq=2921 ack=1 urg=1080 len=1080',
    ]);
  });

  it('is told of at once where the window is shut, and by the probes', () => {
    const peer = ready();
    peer.inject('ACK', { win: 0 });
    send(peer, 0, 'ab!');
    expect(peer.sent()).toEqual(['URG,ACK seq=1 ack=1 urg=3']);
    expect(peer.advance(300)).toEqual(['200 URG,ACK seq=1 ack=1 urg=3 len=1']);
  });

  it('is told of again when it is sent again', () => {
    const peer = ready();
    send(peer, 0, 'ab!');
    peer.sent();
    expect(peer.advance(1000)[0]).toMatch(/PSH,URG,ACK seq=1 ack=1 urg=3 len=3$/);
  });

  it('more than 65,535 octets ahead is told of by the largest pointer while it names nothing that was sent', () => {
    const peer = ready({ synWindow: 65_535 });
    const data = new Uint8Array(100_000);
    peer.request({ kind: 'send', socket: peer.socket, offset: 0, data, push: true, urgent: true });
    expect(peer.sent()[0]).toBe('URG,ACK seq=1 ack=1 urg=65535 len=1460');
  });
});
