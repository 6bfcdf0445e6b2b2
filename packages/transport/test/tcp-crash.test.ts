import { closed, established, finWait2, listening, type TcpPeer } from '@strata/simulator';
import { nothingLeft } from './every-state-kit.ts';

/**
 * The answer of a peer that has lost all state to the core's last segment, as arguments of
 * `inject`.
 */
function answerOfFresh(segment: readonly [string, Parameters<TcpPeer['inject']>[1]]): string[] {
  const fresh = closed();
  fresh.inject(...segment);
  return fresh.sent();
}

describe('a peer that crashes and restarts (RFC 9293 3.5.1, T23)', () => {
  it('opens again with the same ports: our ACK for the old connection shows it, and its RST ends that connection (figure 9)', () => {
    const peer = established();
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 300 });
    peer.sent();
    peer.told();
    // The peer has lost its state and chooses a very different number.
    peer.inject('SYN', { seq: 5_000_000, options: { mss: 1460 } });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=301']);
    expect(peer.state).toBe('ESTABLISHED');
    // The ACK acknowledges data that the peer in SYN-SENT has not sent: it answers with a RST of
    // that number.
    peer.inject('RST', { seq: 301 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    peer.inject('SYN', { seq: 5_000_000, options: { mss: 1460 } });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=5000001']);
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('is detected by data sent to it: a host without the connection answers with RST (figure 10)', () => {
    const peer = established();
    peer.write(10);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=10']);
    const [answer] = answerOfFresh(['PSH,ACK', { seq: 1, ack: 77, data: 10 }]);
    // The RST has the acknowledged number, which is our RCV.NXT, so that it is accepted.
    expect(answer).toBe('RST seq=77');
    peer.inject('RST', { seq: 1 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    nothingLeft(peer);
  });

  it('is detected by retransmissions if it was down meanwhile', () => {
    const peer = established();
    peer.write(10);
    peer.advance(30_000);
    peer.sent();
    peer.inject('RST', { seq: 1 });
    expect(peer.toldKinds().at(-1)).toBe('closed: reset');
    nothingLeft(peer);
  });

  it('is detected by keepalive if there is no data to send', () => {
    const peer = established({ socketOptions: { keepAlive: true, keepAliveIdleMs: 5000 } });
    expect(peer.advance(5000)).toEqual(['5000 ACK seq=0 ack=1']);
    const [answer] = answerOfFresh(['ACK', { seq: 0, ack: 77 }]);
    expect(answer).toBe('RST seq=77');
    peer.inject('RST', { seq: 1 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    nothingLeft(peer);
  });

  it('is detected in a half-closed connection too', () => {
    const peer = finWait2();
    peer.inject('RST', { seq: 1 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    nothingLeft(peer);
  });
});

describe('old duplicates that reach a listener (RFC 9293 3.5, T23)', () => {
  it('an old SYN is refused by the peer: the listener stays, and the new SYN is accepted (figure 8)', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 90 });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=91']);
    peer.inject('RST', { seq: 91 });
    expect(peer.state).toBe('CLOSED');
    peer.inject('SYN', { seq: 100 });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=101']);
    peer.inject('ACK', { seq: 101, ack: 1 });
    expect(peer.toldKinds()).toEqual(['offer']);
  });

  it('an old SYN for a host that listens too leaves both listening (figure 11)', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 90 });
    peer.sent();
    // The other host listens: it refuses a SYN,ACK that answers no SYN of its own.
    const other = listening();
    other.inject('SYN,ACK', { seq: 0, ack: 91 });
    expect(other.sent()).toEqual(['RST seq=91']);
    peer.inject('RST', { seq: 91 });
    expect(peer.told()).toEqual([]);
    nothingLeft(peer);
    nothingLeft(other);
  });
});

describe('our own crash (T23)', () => {
  it('is shown by RST to a peer that still sends', () => {
    const fresh = closed();
    fresh.inject('PSH,ACK', { seq: 500, ack: 900, data: 10 });
    fresh.inject('FIN,ACK', { seq: 510, ack: 900 });
    fresh.inject('ACK', { seq: 499, ack: 900 });
    expect(fresh.sent()).toEqual(['RST seq=900', 'RST seq=900', 'RST seq=900']);
  });

  it('leaves initial sequence numbers beyond those of earlier connections (3.4.1)', () => {
    const issAfter = (ms: number) => {
      const peer = listening({ startMs: 1000 + ms });
      peer.inject('SYN', { seq: 0 });
      return peer.coreIss;
    };
    // The ISN clock runs on: a second later it is 250,000 higher.
    expect((issAfter(1000) - issAfter(0)) >>> 0).toBe(250_000);
  });
});
