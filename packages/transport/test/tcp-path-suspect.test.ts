import type { NetworkRequest } from '@strata/network';
import { established, synSent, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

/** The flag "path suspect" of each segment sent in the next `ms`, which TcpPeer does not show. */
function suspicions(peer: TcpPeer, ms: number): boolean[] {
  const { core } = peer;
  const found: boolean[] = [];
  const poll = () => {
    let request: NetworkRequest | undefined = core.pollNetworkRequest();
    for (; request !== undefined; request = core.pollNetworkRequest()) {
      found.push(request.kind === 'send' && request.isPathSuspect === true);
    }
  };
  const untilMs = peer.nowMs + ms;
  for (let at = core.nextDeadlineMs(); at <= untilMs; at = core.nextDeadlineMs()) {
    core.handleTimeout(at);
    poll();
  }
  return found;
}

function waiting(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established(options);
  peer.write(100);
  peer.sent();
  return peer;
}

describe('R1: retransmissions without an answer (RFC 9293 3.8.3)', () => {
  it('is negative advice to the network layer from the third retransmission on (MUST-20, SHLD-10)', () => {
    expect(suspicions(waiting(), 20_000)).toEqual([false, false, true, true, true, true]);
  });

  it('is tcp_retries1 retransmissions', () => {
    const sysctl = { tcp_retries1: 5 };
    expect(suspicions(waiting({ sysctl }), 20_000)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('is indicated to the application, once, and the connection continues (SHLD-9)', () => {
    const peer = waiting();
    peer.advance(700);
    expect(peer.told()).toEqual([]);
    peer.advance(60_000);
    expect(peer.told()).toMatchObject([
      { kind: 'error', reason: 'timed out', detail: 'no acknowledgment after 2 retransmissions' },
    ]);
    expect(peer.state).toBe('ESTABLISHED');
    peer.inject('ACK', { seq: 1, ack: 101 });
    peer.write(10);
    expect(peer.sent()).toEqual(['PSH,ACK seq=101 ack=1 len=10']);
  });

  it('ends with the first answer', () => {
    const peer = waiting();
    peer.advance(20_000);
    peer.inject('ACK', { seq: 1, ack: 101 });
    const { core, socket, nowMs } = peer;
    const data = new Uint8Array(10);
    core.handleRequest({ kind: 'send', socket, offset: 100, data, push: true }, nowMs);
    expect(core.pollNetworkRequest()).toMatchObject({ kind: 'send', isPathSuspect: undefined });
  });

  it('is not reached by zero-window probes that are answered', () => {
    const peer = established();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.write(100);
    for (let i = 0; i < 10; i += 1) {
      peer.advance(10_000);
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    }
    expect(suspicions(peer, 120_000)).not.toContain(true);
    expect(peer.told().filter(({ kind }) => kind === 'error')).toEqual([]);
  });

  it('is the first retransmission of a SYN, as in tcp_write_timeout() of Linux (MUST-22)', () => {
    expect(suspicions(synSent(), 7000)).toEqual([true, true, true]);
  });

  it('is indicated to an application that is connecting, too (MUST-22)', () => {
    const peer = synSent();
    peer.advance(10_000);
    expect(peer.told()).toMatchObject([{ kind: 'error', reason: 'timed out' }]);
  });
});
