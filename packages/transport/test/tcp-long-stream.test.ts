import { established, type TcpPeer } from '@strata/simulator';
import type { Tcb } from '../src/tcp/state/tcb.ts';

const GIB = 2 ** 30;

function tcbOf(peer: TcpPeer): Tcb {
  for (const tcb of peer.core.connections()) return tcb;
  throw new Error('there is no connection');
}

describe('old sequence numbers (RFC 9293 3.4: they repeat after 4 GiB)', () => {
  it.each([1, 2, 3, 3.9])(
    'a small segment does not wait for one sent %d GiB before (RFC 9293 3.7.4)',
    (gib) => {
      const peer = established();
      peer.write(10);
      peer.inject('ACK');
      peer.sent();
      // As if only full segments had been sent since.
      const tcb = tcbOf(peer);
      tcb.sndSml = (tcb.sndSml - gib * GIB) >>> 0;
      peer.write(10);
      expect(peer.sent()).toEqual(['PSH,ACK seq=11 ack=1 len=10']);
    },
  );

  it('an out-of-order FIN with data in its place is dropped, and does not end the stream when its number repeats', () => {
    const peer = established();
    peer.inject('FIN,ACK', { seq: 101, data: 10 });
    peer.inject('ACK', { seq: 1, data: 200 });
    expect(peer.state).toBe('ESTABLISHED');
    expect(tcbOf(peer).pendingFinSequence).toBeUndefined();
  });
});
