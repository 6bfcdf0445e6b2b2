import type { TcpPeer } from '@strata/simulator';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack } from './recovery-kit.ts';

/** Ten segments in flight for a round trip, much more to send; Reno halves the window to five. */
function inFlight(): TcpPeer {
  const peer = afterRoundTrip();
  peer.write(100 * MSS);
  peer.sent();
  peer.advance(RTT_MS);
  return peer;
}

const pipeOf = (peer: TcpPeer) => Math.round(infoOf(peer).pipeOctets / MSS);

describe('proportional rate reduction (RFC 9937)', () => {
  it('sends one segment for two delivered, if the window is halved: ACK by ACK, without a pause (6.2)', () => {
    const peer = inFlight();
    const sent: number[] = [];
    const pipes: number[] = [];
    for (let n = 3; n <= 11; n += 1) {
      sent.push(sack(peer, 1, [2, n]).length);
      pipes.push(pipeOf(peer));
    }
    // Limited transmit for two ACKs; at the third the head is retransmitted; then every second ACK
    // sends one.
    expect(sent.slice(0, 3)).toEqual([1, 1, 1]);
    expect(sent.slice(3).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2);
    for (let i = 3; i < sent.length; i += 1) expect(sent[i]! + sent[i - 1]!).toBeLessThanOrEqual(2);
    // The data in flight shrinks step by step, never below ssthresh.
    for (let i = 3; i < pipes.length; i += 1) expect(pipes[i]).toBeLessThanOrEqual(pipes[i - 1]!);
    expect(pipes.at(-1)).toBe(5);
  });

  it('leaves the window at ssthresh (6.2, 8)', () => {
    const peer = inFlight();
    for (let n = 3; n <= 11; n += 1) sack(peer, 1, [2, n]);
    sack(peer, 13);
    expect(infoOf(peer)).toMatchObject({
      caState: 'open',
      cwndOctets: 5 * MSS,
      ssthreshOctets: 5 * MSS,
    });
  });

  it('sends the first retransmission at once, whatever is in flight', () => {
    const peer = inFlight();
    sack(peer, 1, [2, 3]);
    sack(peer, 1, [2, 4]);
    expect(sack(peer, 1, [2, 5])).toEqual(['1']);
  });

  it('fills up to ssthresh after many losses, with one segment more than delivered for each ACK that makes progress (SSRB)', () => {
    const peer = inFlight();
    // 1 to 7 are lost.
    sack(peer, 1, [8, 9]);
    sack(peer, 1, [8, 10]);
    expect(sack(peer, 1, [8, 11])).toEqual(['1']);
    const pipes = [pipeOf(peer)];
    expect(pipes[0]).toBeLessThan(5);
    for (let n = 2; n <= 7; n += 1) {
      peer.advance(16);
      const sent = sack(peer, n, [8, 11]);
      expect(sent.length).toBeLessThanOrEqual(2);
      expect(sent.length).toBeGreaterThanOrEqual(1);
      pipes.push(pipeOf(peer));
    }
    expect(Math.max(...pipes)).toBe(5);
    expect(pipes.at(-1)).toBe(5);
  });
});
